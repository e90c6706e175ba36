"""What all pages share: the emblem in every form, the typefaces."""
