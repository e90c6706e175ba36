"""Cached equals uncached to the last token; what may stop a text stops it; seeds decide."""

from dataclasses import replace
from functools import cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from snippets.foundations.tokenizers import CharTokenizer
from snippets.inference.fast_decoder import Decoder
from snippets.inference.generation import (
    Reader,
    complete,
    device_of,
    evaluation_mode,
    generate,
    stream,
)
from snippets.inference.stopping import stop_at_text
from snippets.transformer.minigpt import MiniGPT
from snippets.transformer.minigpt_config import FEED_FORWARDS, NORMS, POSITIONS
from snippets.transformer.positions.alibi import AlibiAttention
from tests.snippets.transformer.test_minigpt import TINY, TINY_OURS, tiny

TOKENIZER = CharTokenizer("abcdefghijklmnopqrstuvwxyz .,:\n")
# Double precision, so that rounding cannot decide between two tokens.
MODELS = {name: tiny(config).double() for name, config in TINY.items()}
CONTEXT = TINY["gpt2"].context
names = st.sampled_from(list(TINY))
prompts = st.lists(st.integers(0, 30), min_size=1, max_size=2 * CONTEXT)
configs = st.builds(
    lambda **parts: replace(TINY_OURS, num_layers=2, **parts),
    context=st.sampled_from([1, 2, 7, 16]),
    num_kv_heads=st.sampled_from([1, 2, 4]),
    norm=st.sampled_from(list(NORMS)),
    feed_forward=st.sampled_from(list(FEED_FORWARDS)),
    positions=st.sampled_from(list(POSITIONS)),
    tie_weights=st.booleans(),
    bias=st.booleans(),
    qk_norm=st.booleans(),
)
cached_configs = configs.filter(lambda config: config.norm != "shifted_rmsnorm")
maybe = lambda values: st.none() | values  # noqa: E731
filters = st.fixed_dictionaries(
    {
        "temperature": st.sampled_from([0, 1]) | st.floats(0.1, 3),
        "top_k": maybe(st.integers(1, 40)),
        "top_p": maybe(st.floats(0.05, 1)),
        "min_p": maybe(st.floats(0, 1)),
        "repetition_penalty": maybe(st.floats(0.5, 3)),
    }
)
model_of = cache(lambda config: tiny(config).double())


@settings(max_examples=60)
@given(configs, prompts, st.integers(0, 40), st.integers(0, 2**31), filters)
def test_cached_equals_uncached_to_the_last_token(config, prompt, count, seed, options):
    """For models of all parts, within the context and far beyond it, with any filters."""
    model = model_of(config)
    cached = generate(model, prompt, count, seed=seed, **options)
    assert cached == generate(model, prompt, count, seed=seed, use_cache=False, **options)
    assert cached[: len(prompt)] == prompt
    assert len(cached) == len(prompt) + count


@settings(max_examples=10)
@given(names, prompts, st.integers(0, 2**31))
def test_in_single_precision_too(name, prompt, seed):
    """Rounding moves a probability by a millionth, so texts of 60 tokens hardly ever part."""
    model = tiny(TINY[name], scale=0.2)
    cached = generate(model, prompt, 60, seed=seed)
    assert cached == generate(model, prompt, 60, seed=seed, use_cache=False)


def test_attention_of_another_kind_is_cached_as_well():
    model = tiny(replace(TINY["gpt2"], positions="none")).double()
    for block in model.blocks:
        block.attention = AlibiAttention(24, 4).double()
    assert generate(model, [1], 40, seed=0) == generate(model, [1], 40, seed=0, use_cache=False)


@settings(max_examples=25, deadline=None)
@given(names, st.lists(st.integers(0, 30), min_size=1, max_size=40))
def test_the_reader_gives_the_logits_of_the_last_position(name, ids):
    model = MODELS[name]
    for use_cache in (False, True):
        logits = Reader(model, len(ids), use_cache).next_logits(ids)
        expected = model(torch.tensor([ids[-CONTEXT:]]))[0, -1]
        torch.testing.assert_close(logits, expected)


def counting(forward, lengths):
    """The function, which then also notes how many tokens it was given."""

    def wrapped(ids, *rest, **options):
        lengths.append(ids.shape[1])
        return forward(ids, *rest, **options)

    return wrapped


def test_beyond_the_context_at_least_half_of_it_is_seen(monkeypatch):
    model, seen = MODELS["llama"], []
    reader = Reader(model, 5, use_cache=False)
    forward = model.forward
    monkeypatch.setattr(model, "forward", counting(forward, seen))
    for length in range(5, 60):
        reader.next_logits([i % 31 for i in range(length)])
    assert seen[:12] == list(range(5, 17))
    assert seen[12] == CONTEXT // 2  # the seventeenth token: reading starts anew
    assert min(seen[12:]) == CONTEXT // 2 and max(seen) == CONTEXT


def test_with_a_cache_each_token_is_read_once(monkeypatch):
    model, seen = MODELS["llama"], []
    forward = model.forward
    monkeypatch.setattr(model, "forward", counting(forward, seen))
    reader, ids = Reader(model, 3), [1, 2, 3]
    for _ in range(8):
        reader.next_logits(ids)
        assert reader.cache[0].length == len(ids)
        ids.append(7)
    assert seen == [3, 1, 1, 1, 1, 1, 1, 1]


@settings(max_examples=15)
@given(configs, prompts, st.integers(0, 30), st.integers(0, 2**31), filters)
def test_the_decoder_writes_what_the_model_writes(config, prompt, count, seed, options):
    model = model_of(config)
    options |= {"seed": seed}
    fast = generate(model, prompt, count, step=Decoder(model), **options)
    assert fast == generate(model, prompt, count, **options)


def test_the_step_reads_what_follows_the_prompt_and_the_model_the_rest():
    model, seen, read = MODELS["llama"], [], []
    step = counting(Decoder(model), seen)
    forward = counting(model.forward, read)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "forward", forward)
        generate(model, [1, 2, 3], 20, seed=0, step=step)
    assert set(seen) == {1}
    assert read == [3, CONTEXT // 2]  # the prompt, and what is seen where the context is full
    assert len(seen) == 20 - len(read)


def test_temperature_zero_takes_the_likeliest():
    model = MODELS["gpt2"]
    ids = generate(model, [1, 2], 10, temperature=0)
    logits = model(torch.tensor([ids]))[0]
    assert ids[2:] == logits.argmax(-1)[1:-1].tolist()
    assert ids == generate(model, [1, 2], 10, temperature=0, seed=5)
    assert ids == generate(model, [1, 2], 10, top_k=1)


def test_seeds_decide():
    model = MODELS["llama"]
    texts = {tuple(generate(model, [0], 20, seed=seed)) for seed in (1, 1, 2)}
    assert len(texts) == 2
    state = torch.random.get_rng_state()
    generate(model, [0], 5, seed=1)
    assert torch.equal(torch.random.get_rng_state(), state)  # the global generator is left alone
    torch.manual_seed(3)
    first = generate(model, [0], 20)
    torch.manual_seed(3)
    assert first == generate(model, [0], 20)


def test_top_k_over_the_vocabulary_changes_nothing():
    model = MODELS["llama"]
    assert generate(model, [0], 20, seed=1, top_k=1000) == generate(model, [0], 20, seed=1)


def test_a_tensor_is_a_prompt_too():
    model = MODELS["llama"]
    assert generate(model, torch.tensor([3, 4]), 5, seed=0) == generate(model, [3, 4], 5, seed=0)


def test_it_stops_where_told():
    model = MODELS["llama"]
    free = generate(model, [0], 30, seed=4)
    run = free[10:13]
    end = next(i for i in range(4, 32) if free[i - 3 : i] == run)
    assert generate(model, [0], 30, seed=4, stop=[run]) == free[:end]
    assert generate(model, [0], 30, seed=4, stop=[free[5]]) == free[: free.index(free[5], 1) + 1]
    # what the prompt ends in is not a reason to stop
    assert len(generate(model, run, 3, seed=4, stop=[run])) >= 4


def test_a_rule_may_stop_it():
    model = MODELS["llama"]
    assert len(generate(model, [0], 30, seed=4, stop=lambda new: len(new) == 7)) == 8
    text = TOKENIZER.decode(generate(model, [0], 30, seed=4)[1:])
    stopped = generate(model, [0], 30, seed=4, stop=stop_at_text(TOKENIZER, [text[4:7]]))
    assert TOKENIZER.decode(stopped[1:]) == text[: text.index(text[4:7]) + 3]


def test_text_in_text_out():
    model = MODELS["llama"]
    text = complete(model, TOKENIZER, "ab", 30, seed=1)
    assert text.startswith("ab") and len(text) == 32
    stop = text[7:9]
    assert complete(model, TOKENIZER, "ab", 30, seed=1, stop=[stop]).endswith(stop)


def test_stream_gives_tokens_as_they_come():
    model = MODELS["llama"]
    tokens = stream(model, [0], 20, seed=1)
    first = [next(tokens) for _ in range(3)]
    assert [0, *first, *tokens] == generate(model, [0], 20, seed=1)


def test_dropout_is_off_and_the_mode_comes_back():
    model = MiniGPT(replace(TINY["gpt2"], dropout=0.5)).train()
    assert generate(model, [1], 8, temperature=0) == generate(model, [1], 8, temperature=0)
    assert model.training
    model.eval()
    generate(model, [1], 2)
    assert not model.training


def test_streams_of_a_model_in_training_may_overlap():
    model = MiniGPT(replace(TINY["gpt2"], dropout=0.5)).train()
    alone = list(stream(model, [1, 2], 12, temperature=0))
    short, long = stream(model, [5], 2, temperature=0), stream(model, [1, 2], 12, temperature=0)
    next(short)
    text = [next(long)]
    assert model.training  # between two tokens it is as it was
    list(short)
    assert [*text, *long] == alone
    assert model.training


def test_the_mode_comes_back_after_an_error():
    model = MiniGPT(TINY["gpt2"]).train()

    def fail():
        with evaluation_mode(model):
            assert not model.training and not model.blocks[0].training
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert model.training and model.blocks[0].training


def test_inputs_lie_where_the_model_is():
    model = tiny(TINY["ours"]).to("meta")  # a device of its own, without numbers
    assert device_of(model).type == "meta"
    for use_cache in (True, False):
        logits = Reader(model, 3, use_cache).next_logits([1, 2, 3])
        assert logits.shape == (31,) and logits.device.type == "meta"


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([], 5), {}, "prompt is empty"),
        (([1], -1), {}, "max_new_tokens=-1"),
        (([31], 1), {}, "id 31 is not in the vocabulary of 31"),
        (([1], 1), {"temperature": -1.0}, "temperature=-1.0"),
        (([1], 1), {"top_k": 0}, "top_k=0"),
        (([1], 1), {"stop": [[]]}, "empty stop"),
    ],
)
def test_wrong_arguments_are_named(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        generate(MODELS["llama"], *arguments, **options)


def test_no_new_tokens_is_the_prompt():
    assert generate(MODELS["llama"], [1, 2], 0) == [1, 2]


def test_unless_asked_each_token_is_read_once_at_a_temperature_of_one(monkeypatch):
    model, seen = MODELS["llama"], []
    for seed in range(5):
        plain = generate(model, [1, 2, 3], 12, seed=seed)
        assert plain == generate(model, [1, 2, 3], 12, seed=seed, temperature=1.0, use_cache=False)
    monkeypatch.setattr(model, "forward", counting(model.forward, seen))
    for write in (generate, stream):
        seen.clear()
        list(write(model, [1, 2, 3], 4, seed=0))
        assert seen == [3, 1, 1, 1]


def test_a_text_that_has_its_stop_goes_on_no_further(monkeypatch):
    model, seen = MODELS["llama"], []
    stop = complete(model, TOKENIZER, "ab", 30, seed=1)[4]
    monkeypatch.setattr(model, "forward", counting(model.forward, seen))
    text = complete(model, TOKENIZER, "ab", 30, seed=1, stop=[stop])
    assert text.index(stop, 2) == len(text) - 1
    assert len(seen) == len(text) - 2 < 30


@pytest.mark.parametrize(("context", "seen"), [(7, 4), (16, 8), (1, 1)])
def test_beyond_the_context_reading_starts_anew_at_half_of_it_rounded_up(context, seen):
    model = tiny(replace(TINY["llama"], context=context)).double()
    reader, ids = Reader(model, 1), list(range(context))
    reader.next_logits(ids)
    reader.next_logits([*ids, 3])
    assert reader.cache[0].length == seen


def test_a_negative_id_is_in_no_vocabulary():
    with pytest.raises(ValueError, match="id -1 is not in the vocabulary of 31"):
        generate(MODELS["llama"], [1, -1], 0)  # or the model refuses it
