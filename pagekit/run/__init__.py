"""How the blocks of a page run, and where their results are kept.

    parallel/   items of pytest and commands, as many at a time as there are cores
    process/    the process that a block runs in
    reads/      how what it reads is heard
    recording/  the same for each Python that it starts

Beside them lie the plugin, a chain's run, its results, kept runs, and artefacts.
"""
