"""Scores: by hand, on icons made up for it."""

import numpy as np
import pytest
import torch

from snippets.modern.multimodal.icon_scores import (
    caption_scores,
    neighbour_similarity,
    neighbours,
    retrieval_scores,
    scored,
    shares,
    usual_caption,
    words_known,
)
from snippets.modern.multimodal.icon_split import Icons


def icons() -> Icons:
    pictures = np.zeros((4, 2, 2), dtype=np.uint8)
    pictures[0, 0], pictures[1, 1], pictures[2, 0, 0], pictures[3, 1] = 255, 255, 9, (200, 255)
    names = ["cloud-off", "home", "cloud", "house-off"]
    return Icons(names, pictures, [0, 1], [2, 3], [])


def test_neighbours_by_hand() -> None:
    assert neighbours(icons()) == ["cloud off", "home"]
    expected = torch.tensor([[2 / 3, 0.5], [0, 0]])
    torch.testing.assert_close(neighbour_similarity(icons()), expected)
    assert words_known(icons()).tolist() == [True, False]


def test_shares_by_hand() -> None:
    assert shares(torch.tensor([0, 3, 4, 5])) == {"R@1": 0.25, "R@5": 0.75}


def test_the_usual_caption_is_the_best_of_three() -> None:
    assert usual_caption(["a b", "a b", "a c"]) == "a b"
    assert usual_caption(["a", "a", "b"]) == "a"


def test_scored_by_hand() -> None:
    found = scored(["cloud off", "home"], ["cloud upload off", "home"])
    assert found == {"exact": 0.5, "f1": pytest.approx(0.9)}
    with pytest.raises(ValueError, match="1 captions written for 2"):
        scored(["a"], ["a", "b"])
    with pytest.raises(ValueError, match="0 pictures"):
        scored([], [])


VECTORS = {"cloud off": [1.0, 0], "home": [0, 1.0], "cloud": [1.0, 0.05], "house off": [0.9, 0.01]}


class Towers:
    """Not a model: vectors by hand for the ink of pictures and for captions."""

    def pictures(self, ink: torch.Tensor) -> torch.Tensor:
        return ink.flatten(1)

    def picture_vectors(self, ink: torch.Tensor) -> torch.Tensor:
        return torch.stack([ink[:, 0].sum(-1), ink[:, 1].sum(-1)], 1)  # above, below

    def text_vectors(self, captions: list[str]) -> torch.Tensor:
        return torch.tensor([VECTORS[c] for c in captions])

    def scale(self) -> torch.Tensor:
        return torch.tensor(9.0)

    def write(self, states: torch.Tensor) -> list[str]:
        return ["cloud", "house off"]


def test_retrieval_by_hand() -> None:
    """The lower picture finds the wrong text, and each text the wrong picture."""
    found = retrieval_scores(icons(), Towers())  # type: ignore[arg-type]
    assert found["to text"]["R@1"] == 0.5 and found["words known"]["R@1"] == 1.0
    assert found["a new word"]["R@1"] == 0.0 and found["scale"] == 9.0
    assert found["to picture"]["R@1"] == 0.0 and found["no close picture"]["R@1"] == 1.0


def test_captions_by_hand() -> None:
    found = caption_scores(icons(), Towers(), Towers())  # type: ignore[arg-type]
    assert found["captioner"]["exact"] == 1.0 and found["another picture"]["exact"] == 0.0
    assert found["written"] == ["cloud", "house off"]
    assert found["nearest vector"]["f1"] == pytest.approx((2 / 3 + 0) / 2)


def test_the_usual_caption_has_up_to_three_words() -> None:
    assert usual_caption(["a b c"] * 3) == "a b c"
    assert set(usual_caption(["a b c d"] * 3).split()) < set("abcd")


def test_ranks_are_counted_among_all_texts_and_pictures() -> None:
    found = retrieval_scores(icons(), Towers())  # type: ignore[arg-type]
    assert found.keys() == {
        "to text", "to picture", "words known", "a new word", "no close picture", "scale",
    }  # fmt: skip
    for name in found.keys() - {"scale"}:
        assert found[name]["R@5"] == 1.0  # there are no more than two


def test_each_way_to_write_is_scored_against_the_right_captions() -> None:
    """By hand: learned are "cloud off" and "home", right are "cloud" and "house off"."""
    found = caption_scores(icons(), Towers(), Towers())  # type: ignore[arg-type]
    assert found["nearest pixels"] == {"exact": 0.0, "f1": pytest.approx((2 / 3 + 0) / 2)}
    assert found["another picture"]["f1"] == found["another picture"]["exact"] == 0.0
    usual = usual_caption(["cloud off", "home"])
    assert found["usual words"] == scored([usual] * 2, ["cloud", "house off"])
    assert found["captioner"]["f1"] == 1.0
