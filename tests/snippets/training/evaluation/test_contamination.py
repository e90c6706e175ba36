"""Contamination: what was planted is found, and nothing else."""

import pytest

from snippets.training.evaluation.contamination import contaminated, runs

TRAINING = "Now is the winter of our discontent made glorious summer by this sun of York"


def test_runs() -> None:
    assert list(runs("Ay me! She speaks.", 3)) == ["ay me she", "me she speaks"]
    assert list(runs("Thy mother's glass", 2)) == ["thy mother's", "mother's glass"]
    assert not list(runs("Ay me!", 3))


def test_a_shared_run_is_found_whatever_its_case_and_punctuation() -> None:
    tests = [
        "said he: WINTER, of our\ndiscontent; made glorious?",
        "the winter of our great discontent was made so glorious",
        "winter of our",
    ]
    assert contaminated(tests, ["To be or not to be", TRAINING], 5) == [True, False, False]
    assert contaminated(tests, [TRAINING], 4) == [True, True, False]
    assert contaminated(tests, [TRAINING], 3) == [True, True, True]
    assert contaminated(tests, [], 4) == [False] * 3


def test_a_run_across_two_training_texts_is_none() -> None:
    assert contaminated(["one two three four"], ["one two", "three four"], 3) == [False]


def test_no_length() -> None:
    with pytest.raises(ValueError, match="runs of 0 words"):
        contaminated(["a"], ["a"], 0)


def test_a_run_may_be_one_word_and_is_eight_unless_said_otherwise() -> None:
    assert contaminated(["York", "Kent"], [TRAINING], 1) == [True, False]
    words = TRAINING.split()
    tests = [" ".join(words[:n]) for n in (7, 8, 9)]
    assert contaminated(tests, [TRAINING]) == [False, True, True]
