"""What every preset's model can be used for, and in which types its training multiplies."""

from collections import Counter
from dataclasses import replace

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from snippets.inference.batched_generation import generate_batch
from snippets.inference.beam_search import beam_search
from snippets.inference.fast_decoder import Decoder
from snippets.inference.generation import Reader, generate
from snippets.inference.serving.engine import Engine
from snippets.inference.serving.static_batching import StaticServer
from snippets.inference.speculative_decoding import speculate
from snippets.modern.quantization.int8 import absmax, dequantize
from snippets.modern.quantization.quantized_model import damage, predictions, rounded
from snippets.training.evaluation.scores import log_probabilities
from snippets.training.loop import Training
from snippets.training.presets import PRESETS
from snippets.transformer.attention_weights import attention_weights
from snippets.transformer.minigpt import count_parameters
from snippets.using.publishing.interop import to_transformers
from tests.snippets.transformer.test_minigpt import TINY, random_ids, tiny

every_preset = pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
PROMPTS = [[1, 2, 3], [4], list(range(20)), [5] * 16]  # one longer than the context, one as long


def model_of(preset):
    """A small model of the preset's parts, in double precision, so that rounding decides nothing.

    All its weights are random, the shares of token shifts too, which begin at 0.
    """
    sizes = {"vocab_size": 31, "context": 16, "d_model": 24, "num_layers": 2, "d_hidden": 40}
    return tiny(replace(preset.model, **sizes)).double()


class Types(TorchDispatchMode):
    """Counts operations by the types of the tensors that go in or come out."""

    def __init__(self):
        super().__init__()
        self.found = Counter()

    def __torch_dispatch__(self, operation, types, arguments=(), options=None):
        result = operation(*arguments, **(options or {}))
        tensors = tree_leaves((arguments, options, result))
        self.found.update({t.dtype for t in tensors if isinstance(t, torch.Tensor)})
        return result


def types_of_a_step(preset):
    """The types that all operations of two steps use: forwards, backwards, and the optimizers.

    The batch is small, which changes no type. The model is not compiled, for the compiler makes its
    code from the very operations that are seen here.
    """
    preset = preset.with_settings(batch_size=1, compiled=False)
    data = torch.arange(2000) % preset.model.vocab_size
    training = Training(preset.model, preset.training, data, data)
    with Types() as seen:
        steps = training.steps()
        next(steps)
        next(steps)  # the optimizers now have their state
    return seen.found


@every_preset
def test_a_step_touches_no_bfloat16_where_it_is_emulated(preset, bfloat16):
    bfloat16(False)
    found = types_of_a_step(preset)
    assert found[torch.float32] > 500 and torch.bfloat16 not in found
    assert torch.float16 not in found


def test_the_watch_sees_bfloat16_where_it_is_used(bfloat16):
    """With mixed precision, and only with it: without, every processor trains the same model."""
    bfloat16(True)
    preset = replace(PRESETS["site"], model=TINY["ours"])
    without, mixed = (
        types_of_a_step(preset.with_settings(mixed_precision=mixed))[torch.bfloat16]
        for mixed in (False, True)
    )
    assert without == 0 < mixed


def test_other_settings_leave_the_preset_as_it_is():
    site = PRESETS["site"]
    changed = site.with_settings(seed=3)
    assert changed.training == replace(site.training, seed=3) and changed.model == site.model
    assert site.training.seed == 0


@pytest.mark.parametrize(("steps", "warmup"), [(1000, 10), (21, 10), (20, 10), (19, 9), (1, 0)])
def test_at_most_half_of_fewer_steps_warm_up(steps, warmup):
    training = PRESETS["site"].with_settings(warmup=10).with_steps(steps).training
    assert (training.steps, training.warmup) == (steps, warmup)


def test_presets_of_one_size_read_what_they_say():
    nanogpt = PRESETS["nanogpt-cpu"]
    assert nanogpt.training.steps * nanogpt.training.batch_size * nanogpt.model.context == 1_536_000
    assert PRESETS["speedrun"].model == nanogpt.model


@every_preset
@pytest.mark.parametrize("fast", [False, True], ids=["model", "decoder"])
def test_its_model_writes_the_same_with_a_cache_and_without(preset, fast):
    """Alone and in a batch, within the context and far beyond it."""
    model, seeds = model_of(preset), range(len(PROMPTS))
    step = Decoder(model) if fast else None
    alone = [
        generate(model, ids, 30, seed=seed, use_cache=False)
        for ids, seed in zip(PROMPTS, seeds, strict=True)
    ]
    for ids, seed, expected in zip(PROMPTS, seeds, alone, strict=True):
        assert generate(model, ids, 30, seed=seed, step=step) == expected
    for use_cache in (True, False):
        options = {"seeds": seeds, "use_cache": use_cache, "step": step}
        assert generate_batch(model, PROMPTS, 30, **options) == alone
    stop = alone[0][8]  # some texts leave the batch before the others
    ended = generate_batch(model, PROMPTS, 30, seeds=seeds, stop=[stop], step=step)
    for ids, seed, text in zip(PROMPTS, seeds, ended, strict=True):
        assert text == generate(model, ids, 30, seed=seed, stop=[stop], use_cache=False)


@every_preset
def test_its_reader_gives_the_logits_of_the_model(preset):
    model, ids = model_of(preset), [3]
    reader = Reader(model, len(ids))
    for token in range(12):
        expected = model(torch.tensor([ids]))[0, -1]
        torch.testing.assert_close(reader.next_logits(ids), expected, rtol=0, atol=1e-5)
        ids.append(token)


@every_preset
def test_a_draft_runs_ahead_of_it(preset):
    """A draft that is sure of the right token has it taken each time: four, and one more."""
    model = model_of(preset)
    with torch.no_grad():
        model.head.weight.mul_(1000)  # so sure of each token that chance has no say
    greedy = generate(model, [1, 2], 10, temperature=0)

    def draft(ids):
        return torch.eye(31)[greedy[len(ids)]]

    runs = list(speculate(model, draft, [1, 2], 10, seed=0))
    assert [token for run in runs for token in run] == greedy[2:]
    assert [len(run) for run in runs] == [5, 5]
    wrong = speculate(model, lambda ids: torch.eye(31)[(greedy[len(ids)] + 1) % 31], [1, 2], 10)
    assert list(wrong) == [[token] for token in greedy[2:]]
    assert len(beam_search(model, [1, 2], 4, width=2)) == 2


@every_preset
def test_it_is_served_or_refused(preset):
    """In batches always; in pages of a cache only where the model can have one."""
    model = model_of(preset)
    server = StaticServer(model, temperature=0)
    requests = [server.submit(ids, 12) for ids in PROMPTS[:2]]
    while server.busy:
        server.step()
    for request, ids in zip(requests, PROMPTS, strict=False):
        assert request.ids == generate(model, ids, 12, temperature=0)
    if preset.model.norm == "rmsnorm":
        assert not Engine(model, pages=4, page_size=8, temperature=0).busy
    else:
        with pytest.raises(ValueError, match=r"norm='shifted_rmsnorm' .* use no cache"):
            Engine(model, pages=4, page_size=8)


@every_preset
def test_it_is_exported_or_refused(preset):
    model = model_of(preset).float()
    if preset.model.norm == "rmsnorm":
        ids = random_ids(model.config, 2, 9)
        torch.testing.assert_close(to_transformers(model)(ids).logits, model(ids))
    else:
        with pytest.raises(ValueError, match="norm='shifted_rmsnorm'"):
            to_transformers(model)


@every_preset
def test_it_is_judged_rounded_and_looked_into(preset):
    model = model_of(preset)
    ids = random_ids(model.config, 1, 50)[0]
    scores, old = log_probabilities(model, ids), predictions(model, ids)
    for t in range(1, 17):  # the first window, a context long
        expected = model(ids[None, :t])[0, -1].log_softmax(-1)
        torch.testing.assert_close(old[t - 1], expected)
        assert scores[t - 1].item() == pytest.approx(expected[ids[t]].item(), abs=1e-5)
    small = rounded(model, lambda _, weight: dequantize(*absmax(weight, dim=-1)))
    found = damage(old, predictions(small, ids), ids)
    assert 0 < found.divergence < 1
    assert attention_weights(model, ids[None, :9]).shape == (2, 1, 4, 9, 9)


def test_sizes_and_tokens_are_those_that_the_presets_name():
    """nanoGPT's model on a CPU has 0.80 million parameters, and reads 2,000 x 12 x 64 tokens."""
    for name in ("nanogpt-cpu", "speedrun", "best-15min"):
        model = replace(PRESETS[name].model, vocab_size=65)
        assert 780_000 < count_parameters(model) <= 810_000, name
    training = PRESETS["nanogpt-cpu"].training
    assert (training.steps, training.batch_size) == (2000, 12)
    assert not training.mixed_precision and not training.compiled and training.growth == 0
