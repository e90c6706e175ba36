"""How a page is run and rendered. Knows nothing of what the pages teach.

    read/    a page and what is in it: fences, includes, chains of blocks, passages of prose
    run/     the pytest plugin that runs blocks and makes artefacts, side by side; recorded results
    render/  the Markdown extension: cells, figures, formulas, citations, glossary, diagrams
    labs/    notebooks: read, run, shown as pages
    course/  what pages say of all of them: cards, ways through, how much there is
    build/   what `make` calls: the site, previews of it, its assets

A room imports only from those above it, and lists its own rooms in its ``__init__.py``.
``project.py`` knows where things lie, and a fault of a page is a ``PageError`` (``errors.py``).
"""
