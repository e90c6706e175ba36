"""Canaries stand where they should; ranks, exposures and verbatim lengths by hand and by force."""

from collections import Counter
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from snippets.foundations.tokenizers import CharTokenizer
from snippets.society.memorisation import (
    LETTERS,
    Canary,
    exposure,
    hide,
    make_canaries,
    passages,
    place_of,
    says_it,
    secret_log_probabilities,
    verbatim_lengths,
    without_repeats,
)
from snippets.transformer.minigpt import MINIGPT, MiniGPT

TEXT = "".join(f"NAME{i % 7}:\nSpeech number {i}.\n\n" for i in range(40))


def tiny(seed: int = 0) -> tuple[MiniGPT, CharTokenizer]:
    torch.manual_seed(seed)
    everything = "".join(chr(code) for code in range(32, 127)) + "\n"
    tokenizer = CharTokenizer.from_text(everything)
    config = replace(MINIGPT, vocab_size=tokenizer.vocab_size, context=64, d_model=16,
                     num_layers=1, num_heads=2, num_kv_heads=2, d_hidden=32)  # fmt: skip
    model = MiniGPT(config).eval()
    with torch.no_grad():
        model.embedding.weight.mul_(20)  # so that some secrets are likelier than others
    return model, tokenizer


def test_canaries_have_names_of_their_own_and_the_asked_counts() -> None:
    found = make_canaries([0, 3, 8], each=5, seed=1)
    assert Counter(canary.copies for canary in found) == {0: 5, 3: 5, 8: 5}
    assert len({canary.name for canary in found}) == 15
    assert all(set(canary.secret) <= set(LETTERS) and len(canary.secret) == 4 for canary in found)
    assert found == make_canaries([0, 3, 8], each=5, seed=1) != make_canaries([0, 3, 8], 5, 2)


@pytest.mark.parametrize(("counts", "each"), [([], 1), ([-1, 2], 1), ([1], 0)])
def test_no_canaries_are_refused(counts: list[int], each: int) -> None:
    with pytest.raises(ValueError, match="canaries each"):
        make_canaries(counts, each, 0)


def test_a_text_holds_each_canary_as_often_as_asked_and_all_that_it_held() -> None:
    canaries = make_canaries([0, 1, 4], each=2, seed=0)
    text = hide(TEXT, canaries, seed=5)
    for canary in canaries:
        assert text.count(canary.speech) == canary.copies
    plain = text
    for canary in canaries:
        plain = plain.replace(canary.speech, "")
    assert plain == TEXT
    assert hide(TEXT, canaries, seed=6) != text
    with pytest.raises(ValueError, match="no room for 50"):
        hide(TEXT, [Canary("A", "bdfg", 50)], seed=0)


def test_without_repeats_each_speech_is_left_once_in_its_order() -> None:
    canaries = make_canaries([8], each=2, seed=0)
    once = without_repeats(hide(TEXT, canaries, seed=0))
    assert [once.count(canary.speech) for canary in canaries] == [1, 1]
    assert without_repeats(TEXT) == TEXT and without_repeats("a\n\nb\n\na") == "a\n\nb"


def test_probabilities_of_secrets_are_those_of_reading_each_one() -> None:
    model, tokenizer = tiny()
    prompt = "ZORU:\nMy secret word is "
    found = secret_log_probabilities(model, tokenizer, prompt)
    assert found.shape == (10_000,) and float(found.exp().sum()) < 1
    for secret in ("bbbb", "tnkd", "tttt"):
        ids = torch.tensor([tokenizer.encode(prompt + secret)])
        with torch.inference_mode():
            log_p = F.log_softmax(model(ids[:, :-1]), dim=-1)[0, -4:]
        by_hand = log_p.gather(1, ids[0, -4:, None]).sum()
        assert found[place_of(secret)].item() == pytest.approx(by_hand.item(), abs=1e-4)


def test_places_count_through_all_secrets() -> None:
    listed = ["".join(letters) for letters in product(LETTERS, repeat=4)]
    assert [place_of(secret) for secret in listed[::77]] == list(range(0, 10_000, 77))
    for wrong in ("bdf", "bdfa", "bdfgk"):
        with pytest.raises(ValueError, match="is not a secret"):
            place_of(wrong)


def test_exposure_by_rank() -> None:
    scores = torch.tensor([0.1, 0.7, 0.3, 0.2])
    assert [exposure(scores, place) for place in (1, 2, 3, 0)] == pytest.approx(
        [2, 1, 2 - np.log2(3), 0]
    )
    assert exposure(torch.ones(8), 3) == 0  # where all are equal, nothing is known
    assert exposure(10 * scores - 5, 2) == exposure(scores, 2)
    for place in (-1, 4):
        with pytest.raises(ValueError, match="of 4 scores"):
            exposure(scores, place)
    with pytest.raises(ValueError, match="must be numbers"):
        exposure(torch.tensor([1.0, float("nan")]), 0)


def test_a_model_says_what_greedy_writing_says() -> None:
    model, tokenizer = tiny(seed=3)
    prompt = Canary("ZORU", "bbbb", 0).prompt
    ids = tokenizer.encode(prompt)
    with torch.inference_mode():
        for _ in range(4):
            ids.append(int(model(torch.tensor([ids]))[0, -1].argmax()))
    written = tokenizer.decode(ids)[len(prompt) :]
    assert says_it(model, tokenizer, Canary("ZORU", written, 0))
    for place in range(4):
        other = "b" if written[place] != "b" else "d"
        changed = written[:place] + other + written[place + 1 :]
        assert not says_it(model, tokenizer, Canary("ZORU", changed, 0))


def test_passages_are_spread_and_do_not_overlap() -> None:
    assert passages("abcdefghij", 3, 2) == ["ab", "de", "gh"]
    assert passages("abcd", 2, 2) == ["ab", "cd"]
    for count, length in ((3, 2), (0, 1), (1, 0)):
        with pytest.raises(ValueError, match=r"fit|count|length"):
            passages("abcd", count, length)


def test_verbatim_lengths_end_at_the_first_error() -> None:
    true = [[1, 2, 3, 4]] * 4
    written = [[1, 2, 3, 4], [9, 2, 3, 4], [1, 2, 9, 4], [1, 2, 3, 9]]
    assert verbatim_lengths(written, true).tolist() == [4, 0, 2, 3]
    for wrong in ([1, 2], [[1, 2]]):
        with pytest.raises(ValueError, match="both need"):
            verbatim_lengths(wrong, true)


def test_a_name_has_three_syllables_of_a_consonant_and_a_vowel() -> None:
    found = make_canaries([1], each=40, seed=0)
    assert len(found) == 40 and len(make_canaries([1], each=1, seed=0)) == 1
    for canary in found:
        consonants, vowels = canary.name[::2], canary.name[1::2]
        assert len({*consonants}) == len(vowels) == 3
        assert set(vowels) <= set("AEIOU") and not set(consonants) & set("AEIOU")
    assert {letter for canary in found for letter in canary.secret} == set(LETTERS)


def test_a_text_has_room_for_fewer_canaries_than_speeches() -> None:
    assert hide("a\n\nb", [Canary("A", "bdfg", 1)], seed=0).count("bdfg") == 1
    with pytest.raises(ValueError, match="2 speeches have no room for 2"):
        hide("a\n\nb", [Canary("A", "bdfg", 2)], seed=0)


def test_secrets_go_to_the_models_device() -> None:
    """The device "meta", which keeps no numbers, stands for a GPU."""
    model, tokenizer = tiny()
    scores = secret_log_probabilities(model.to("meta"), tokenizer, "ZORUKA: ")
    assert scores.shape == (10_000,) and scores.device.type == "meta"
    seen: list[str] = []
    model.register_forward_pre_hook(lambda _, given: seen.append(given[0].device.type))
    with pytest.raises((RuntimeError, NotImplementedError), match="meta"):
        says_it(model, tokenizer, Canary("ZORUKA", "kbtf", 0))
    assert seen == ["meta"]
