"""Splitting: families stay together, and no twin of a learned picture is tested."""

import numpy as np
import pytest

from snippets.modern.multimodal import icon_split
from snippets.modern.multimodal.icon_split import (
    TWIN,
    VARIANTS,
    Icons,
    caption,
    family,
    is_held_out,
    nearest,
    split_icons,
)


def test_forms_of_a_picture_are_a_family() -> None:
    names = ["cloud-upload", "cloud-upload-outline", "cloud-upload-off-outline"]
    assert {family(name) for name in names} == {"cloud upload"}
    assert family("battery-10") == family("battery-charging-20").replace(" charging", "")
    assert family("box") == family("box-outline") == "box"  # the first word stays
    assert family("cloud-download") != "cloud upload"


@pytest.mark.parametrize("name", ["", "-", " "])
def test_an_empty_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no words"):
        caption(name)


def test_nearest_is_the_cosine_of_the_pixels() -> None:
    a, b = np.zeros((2, 2, 2), dtype=np.uint8), np.zeros((3, 2, 2), dtype=np.uint8)
    a[0, 0, 0], a[1] = 200, 10
    b[0, 1], b[1, 0], b[2, 0, 0] = 255, 100, 7
    similar, places = nearest(a, b)
    assert places.tolist()[0] == 2 and similar.tolist() == pytest.approx([1, 2**-0.5])
    with pytest.raises(ValueError, match=r"\(2, 2, 2\) can't be compared with \(1, 3, 3\)"):
        nearest(a, np.zeros((1, 3, 3), dtype=np.uint8))
    with pytest.raises(ValueError, match="can't be compared"):
        nearest(a, b[:0])


def test_no_family_and_no_picture_is_on_both_sides() -> None:
    generator = np.random.default_rng(0)
    words = [f"{a}-{b}" for a in "qwertyuiop" for b in "asdfghjkl"]
    names = [name + form for name in words for form in ("", "-outline")]
    pictures = generator.integers(0, 256, (len(names), 6, 6), dtype=np.uint8)
    held = [i for i, name in enumerate(names) if is_held_out(name)]
    copied = next(i for i, name in enumerate(names) if not is_held_out(name))
    pictures[held[0]] = pictures[copied]
    training, test, twins = split_icons(names, pictures)
    assert sorted(training + test + twins) == list(range(len(names))) and twins == held[:1]
    assert not {family(names[i]) for i in training} & {family(names[i]) for i in test + twins}
    assert nearest(pictures[test], pictures[training])[0].max() < TWIN
    icons = Icons(names, pictures, training, test, twins)
    assert icons.captions(test[:1]) == [names[test[0]].replace("-", " ")]
    assert icons.ink(range(len(names))).max() == 1 and icons.ink(test).shape == (len(test), 6, 6)


def test_a_picture_without_a_name_is_refused() -> None:
    with pytest.raises(ValueError, match="1 names for 2 pictures"):
        split_icons(["a"], np.zeros((2, 4, 4), dtype=np.uint8))


def test_about_one_family_in_ten_is_held_out() -> None:
    held = [is_held_out(f"{a}{b}") for a in range(100) for b in "abcdefghij"]
    assert 0.07 < sum(held) / len(held) < 0.13


def test_an_empty_picture_is_like_none() -> None:
    empty, full = np.zeros((1, 2, 2), dtype=np.uint8), np.full((1, 2, 2), 9, dtype=np.uint8)
    assert nearest(empty, full)[0].tolist() == [0.0]


@pytest.mark.parametrize("form", [*sorted(VARIANTS), "7", "90"])
def test_each_variant_belongs_to_the_family_of_the_plain_name(form: str) -> None:
    assert family(f"cloud-{form}-upload") == family(f"cloud-upload-{form}") == "cloud upload"
    assert is_held_out(f"cloud-upload-{form}") == is_held_out("cloud-upload")
    assert family(f"{form}-up") == f"{form} up"


def test_a_picture_at_the_limit_is_a_twin_and_only_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(icon_split, "TWIN", 1.0)
    names = [f"{a}{b}" for a in "abcdefghij" for b in "klmnopqrs"]
    pictures = np.zeros((len(names), 2, 2), dtype=np.uint8)
    pictures[:, 0, 0] = 1  # alike to the last bit
    training, test, twins = split_icons(names, pictures)
    assert not test and twins and sorted(training + twins) == list(range(len(names)))
