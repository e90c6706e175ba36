"""People tie plays together: where they speak in both, and only there."""

import pytest

from snippets.foundations.text_data.splitting import people, shared_speech, speeches, works_together
from snippets.foundations.texts.corpus import plays

ONE = "ANN:\nGood day.\n\nFIRST LORD:\nNo.\n\nANN:\nFarewell,\nfriend.\n\n"


def test_a_play_is_its_speeches() -> None:
    assert speeches(ONE) == [
        ("ANN", "Good day."), ("FIRST LORD", "No."), ("ANN", "Farewell,\nfriend."),
    ]  # fmt: skip
    for name, text in plays().items():
        assert "".join(f"{who}:\n{said}\n\n" for who, said in speeches(text)) == text, name


def test_people_are_counted_and_parts_are_not() -> None:
    assert people(ONE) == {"ANN": len("Good day.") + len("Farewell,\nfriend.")}
    said = people(plays()["the-merry-wives-of-windsor"])
    assert {"MISTRESS PAGE", "ANNE PAGE", "FALSTAFF"} <= said.keys()
    assert not {"HOST", "FIRST SERVANT"} & said.keys()


def test_the_share_is_of_the_first_play() -> None:
    with_bob = people("ANN:\n" + "a" * 300 + "\n\nBOB:\n" + "b" * 100 + "\n\n")
    with_eve = people("ANN:\n" + "a" * 300 + "\n\nEVE:\n" + "e" * 900 + "\n\n")
    assert shared_speech(with_bob, with_eve) == 0.75 and shared_speech(with_eve, with_bob) == 0.25
    assert shared_speech(with_bob, with_eve, least=301) == 0
    assert shared_speech(people("LORD:\nNo.\n\n"), with_bob) == 0


def test_falstaff_keeps_his_plays_together() -> None:
    together = next(group for group in works_together(plays()) if "henry-v" in group)
    assert {"henry-iv-part-1", "henry-iv-part-2", "henry-v"} <= set(together)
    assert "macbeth" not in together


def test_every_play_is_in_one_group() -> None:
    texts = plays()
    assert sorted(name for group in works_together(texts) for name in group) == sorted(texts)
    assert works_together(texts, share=1.0) == [[name] for name in texts]


@pytest.mark.parametrize("share", [0, 1.5, -1])
def test_a_share_must_be_one(share: float) -> None:
    with pytest.raises(ValueError, match=f"share={share}"):
        works_together({}, share)


def test_a_text_that_is_no_play_is_refused() -> None:
    with pytest.raises(ValueError, match="does not begin with a name"):
        speeches("It was a dark night.\n\n")


def test_plays_belong_together_from_a_quarter_of_the_speech_of_either_on() -> None:
    def play(**said: int) -> str:
        return "".join(f"{name}:\n{'a' * n}\n\n" for name, n in said.items())

    equal = {"one": play(ANN=300, BOB=900), "two": play(ANN=300, EVE=900)}
    assert works_together(equal) == [["one", "two"]]
    assert works_together(equal, share=0.26) == [["one"], ["two"]]
    for long, short in (("one", "two"), ("two", "one")):
        some = {long: play(ANN=300, BOB=9000), short: play(ANN=300)}
        assert works_together(some) == [[long, short]], "all of one, little of the other"


def test_who_speaks_200_characters_is_there_unless_told_otherwise() -> None:
    play, there, hardly = (people("ANN:\n" + "a" * n) for n in (50, 200, 199))
    assert shared_speech(play, there) == 1 and shared_speech(play, hardly) == 0
