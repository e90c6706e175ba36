"""Running text passes; each rule refuses what it is there to refuse."""

import pytest

from snippets.foundations.text_data.quality import quality_faults
from snippets.foundations.texts.corpus import plays

PROSE = "The cat sat on the mat with a friend and looked out of the window to see that it rained. "


def test_running_text_passes() -> None:
    assert quality_faults(PROSE * 5) == []
    assert quality_faults(plays()["macbeth"]) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "no words"),
        (PROSE, "20 words"),
        (PROSE * 6000, "120000 words"),
        ("a b c of to the and " * 20, "mean word length 1.9"),
        ("internationalisation of the telecommunications " * 30, "mean word length 10.8"),
        (PROSE * 5 + "# " * 20, "symbols per word"),
        (PROSE * 5 + "... " * 20, "symbols per word"),
        (PROSE * 5 + "1 2 3 4 5 6 " * 10, "without a letter"),
        ("- the cat and that dog have gone\n" * 20, "bullet points"),
        ("the cat and that dog have gone ...\n" * 20, "end in an ellipsis"),
        ("cats dogs birds fish\n" * 20, "0 of the commonest words"),
    ],
)
def test_each_rule_refuses(text: str, fault: str) -> None:
    assert any(fault in found for found in quality_faults(text)), quality_faults(text)


def test_the_limits_themselves_pass() -> None:
    assert quality_faults("the and word word word " * 10) == []  # 50 words
    assert any(
        "49 words" in fault for fault in quality_faults("the and word word word " * 9 + "a b c d")
    )


def test_both_ways_to_write_an_ellipsis_count_together() -> None:
    faults = quality_faults(PROSE * 5 + "... and … that " * 7)
    assert "0.11 symbols per word" in faults, faults


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("the and " + "word " * 88 + "# " * 10, "# "),  # a tenth
        ("the and " + "word " * 78 + "1234 " * 20, "1234 "),  # four in five with a letter
        ("the and that with\n" * 2 + "- the and that with\n" * 18, "- the and that with\n"),
        ("the and that with\n" * 14 + "the and that with...\n" * 6, "the and that with...\n"),
        ("the and " * 30, "a "),  # three characters a word
        ("the and " + "characters " * 47 + "w" * 24, "w"),  # ten
        ("the and" + " word" * 99_998, " word"),
    ],
)
def test_what_lies_at_a_limit_passes_and_what_lies_beyond_does_not(text: str, more: str) -> None:
    assert quality_faults(text) == []
    assert len(quality_faults(text + more)) == 1
