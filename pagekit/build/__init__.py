"""What `make` calls: the site, previews of it, and its assets.

    live/    the preview that follows what is saved: what changed, runs again, is rendered again
    assets/  what all pages share: the emblem in every form, the typefaces
    book/    the course as one PDF

Beside them lie the commands, and what a site gets besides its pages: its search and its wheel.
"""
