"""The same text in each language: as many lines, one script."""

import pytest

from snippets.foundations.texts.declaration import LANGUAGES, declaration


def test_the_translations_have_the_same_parts():
    sizes = {name: len(declaration(name).splitlines()) for name in LANGUAGES}
    assert len(sizes) == 12
    assert all(90 <= size <= 92 for size in sizes.values())


def test_no_markup_is_left_and_thirty_articles_are_there():
    for language in LANGUAGES:
        assert not set("<>&") & set(declaration(language))
    assert declaration("english").count("\nArticle ") == 30


def test_another_language_is_refused():
    with pytest.raises(ValueError, match="no Declaration in 'klingon'; there are english"):
        declaration("klingon")
