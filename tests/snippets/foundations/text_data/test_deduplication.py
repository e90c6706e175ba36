"""MinHash estimates resemblance without bias, and bands find pairs as often as the formula says."""

import subprocess
import sys

import numpy as np
import pytest

from snippets.foundations.text_data.deduplication import (
    candidates,
    exact_duplicates,
    fingerprint,
    groups,
    near_duplicates,
    resemblance,
    shingles,
    shuffled,
    signature,
)


def pair(shared: int, apart: int) -> tuple[set[str], set[str]]:
    """Two sets with `shared` common members and `apart` of their own each."""
    common = {f"common {i}" for i in range(shared)}
    return common | {f"left {i}" for i in range(apart)}, common | {
        f"right {i}" for i in range(apart)
    }


def test_shingles_are_runs_of_words() -> None:
    assert shingles("To be, or not TO BE!", 2) == {"to be", "be or", "or not", "not to"}
    assert shingles("Ay, my good lord.", 3) == {"ay my good", "my good lord"}
    assert shingles("To be", 5) == {"to be"}


def test_resemblance_is_symmetric_and_one_for_equals_only() -> None:
    a, b = pair(3, 1)
    assert resemblance(a, b) == resemblance(b, a) == 3 / 5
    assert resemblance(a, a) == 1 and resemblance({"x"}, {"y"}) == 0


def test_equal_texts_are_found_in_groups() -> None:
    assert exact_duplicates(["a", "b", "a", "c", "b", "a"]) == [[0, 2, 5], [1, 4]]
    assert exact_duplicates(["a", "b"]) == []


def test_different_texts_have_different_fingerprints() -> None:
    assert len({fingerprint(f"text {i}") for i in range(100_000)}) == 100_000


def test_fingerprints_are_the_same_in_every_process() -> None:
    module = "snippets.foundations.text_data.deduplication"
    code = f"from {module} import fingerprint as f; print(f('to be'))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(run.stdout) == fingerprint("to be") < 2**64


def test_a_shuffle_can_be_undone() -> None:
    """No two of many numbers meet, and each salt orders them in another way."""
    numbers = np.arange(100_000, dtype=np.uint64)
    salts = np.random.default_rng(0).integers(2**64, size=(2, 1), dtype=np.uint64)
    orders = shuffled(numbers, salts)
    assert all(len(np.unique(order)) == len(numbers) for order in orders)
    assert 0.45 < (np.sign(np.diff(orders[0].astype(float))) > 0).mean() < 0.55
    assert abs(np.corrcoef(orders[0].argsort(), orders[1].argsort())[0, 1]) < 0.02


@pytest.mark.parametrize(("shared", "apart"), [(10, 45), (50, 25), (90, 5), (30, 0)])
def test_signatures_agree_as_often_as_sets_resemble(shared: int, apart: int) -> None:
    a, b = pair(shared, apart)
    expected = resemblance(a, b)
    agreed = (signature(a, 4000) == signature(b, 4000)).mean()
    assert abs(agreed - expected) <= 4 * np.sqrt(expected * (1 - expected) / 4000)


def test_a_signature_does_not_depend_on_order_or_on_how_it_is_split_up() -> None:
    pieces = [f"piece {i}" for i in range(5000)]  # more than one part
    whole = signature(pieces, 16)
    assert (whole == signature(reversed(pieces), 16)).all()
    assert (whole == np.minimum(signature(pieces[:7], 16), signature(pieces[7:], 16))).all()
    assert (whole != signature(pieces, 16, seed=1)).any()


def test_bands_find_pairs_as_often_as_the_formula_says() -> None:
    """Signatures that agree in each place with probability s, many times."""
    rng, trials, s, bands, rows = np.random.default_rng(0), 2000, 0.7, 14, 8
    found = 0
    for _ in range(trials):
        a = rng.integers(2**60, size=bands * rows, dtype=np.uint64)
        b = np.where(rng.random(bands * rows) < s, a, a + np.uint64(1))
        found += len(candidates(np.stack([a, b]), bands))
    expected = 1 - (1 - s**rows) ** bands
    assert abs(found / trials - expected) < 4 * np.sqrt(expected * (1 - expected) / trials)


def test_near_duplicates_are_the_pairs_that_comparing_all_finds() -> None:
    rng = np.random.default_rng(0)
    base = [" ".join(rng.choice(list("abcdefgh"), 60)) for _ in range(20)]
    edited = []
    for text in base:
        words = text.split()
        words[30] = "changed"
        edited.append(" ".join(words))
    texts = base + edited
    sets = [shingles(text) for text in texts]
    every = {
        (i, j) for j in range(len(texts)) for i in range(j) if resemblance(sets[i], sets[j]) >= 0.75
    }
    assert every == {(i, i + 20) for i in range(20)}
    assert near_duplicates(texts, bands=28, rows=4).keys() == every
    assert near_duplicates([]) == {}


def test_unless_told_otherwise_bands_are_those_of_fineweb(monkeypatch: pytest.MonkeyPatch) -> None:
    """14 of 8 numbers, for runs of five words (Penedo et al. 2024, section 3.4)."""
    asked = []

    def noted(signatures: np.ndarray, bands: int) -> set[tuple[int, int]]:
        asked.append((signatures, bands))
        return candidates(signatures, bands)

    monkeypatch.setattr("snippets.foundations.text_data.deduplication.candidates", noted)
    text = "to be or not to be that is the question"
    assert near_duplicates([text, text]) == {(0, 1): 1}
    [(signatures, bands)] = asked
    assert (len(signatures[0]), bands) == (14 * 8, 14)
    assert (signatures == signature(shingles(text, 5))).all()


def test_groups_follow_chains() -> None:
    assert groups([(0, 2), (2, 4), (5, 3)], 6) == [[0, 2, 4], [1], [3, 5]]
    assert groups([], 2) == [[0], [1]]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: shingles(" ,. "), "no words"),
        (lambda: shingles("a", 0), "size=0"),
        (lambda: signature([]), "empty set"),
        (lambda: candidates(np.zeros((2, 10), dtype=np.uint64), 3), "length=10"),
        (lambda: near_duplicates(["a"], threshold=0), "threshold=0"),
    ],
)
def test_what_makes_no_sense_is_refused(call, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        call()


def test_a_shuffle_is_that_of_splitmix64() -> None:
    """Which published programs begin, from the seed 0, with this number (Steele et al. 2014)."""
    step = np.array([0x9E3779B97F4A7C15], dtype=np.uint64)
    assert shuffled(step, np.uint64(0) * step).tolist() == [0xE220A8397B1DCDAF]


def test_unless_told_otherwise_a_signature_has_112_numbers_of_the_seed_0() -> None:
    assert (signature({"a", "b"}) == signature({"a", "b"}, length=112, seed=0)).all()


def test_pairs_at_the_threshold_itself_are_found() -> None:
    """Three of four shingles are shared; and copies, even where nothing less is wanted."""
    texts = ["a b c d", "a b c", "x y z", "x y z"]
    found = near_duplicates([*texts, "a b c d e"], size=1, bands=112, rows=1)
    assert found == {(0, 1): 0.75, (0, 4): 0.8, (2, 3): 1.0}
    assert near_duplicates(texts, threshold=1) == {(2, 3): 1.0}
    with pytest.raises(ValueError, match=r"threshold=1\.1"):
        near_duplicates(texts, threshold=1.1)


def test_a_single_piece_has_a_signature_however_large_its_number_is() -> None:
    assert all(signature([f"piece {i}"], 3).dtype == np.uint64 for i in range(8))
