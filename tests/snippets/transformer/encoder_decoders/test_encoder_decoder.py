"""Encoder and decoder: T5's own numbers, and who may look at what."""

from typing import Any

import pytest
import torch
from transformers import T5Config, T5ForConditionalGeneration

from snippets.transformer.encoder_decoders.encoder_decoder import (
    CrossAttention,
    EncoderDecoder,
    EncoderDecoderConfig,
)
from snippets.transformer.encoder_decoders.sequence_to_sequence import (
    cross_weights,
    shifted_right,
    target_loss,
    write_greedily,
)
from snippets.transformer.encoder_decoders.t5_weights import from_t5

SMALL = EncoderDecoderConfig(20, d_model=16, num_heads=2, head_size=6, d_hidden=24)


@pytest.fixture(scope="module")
def t5() -> Any:
    torch.manual_seed(0)
    config = T5Config(
        vocab_size=50, d_model=24, d_kv=7, d_ff=40, num_layers=3, num_heads=4, dropout_rate=0.3,
        relative_attention_num_buckets=8, relative_attention_max_distance=6,
        decoder_start_token_id=0,  # type: ignore[call-arg]
    )  # fmt: skip
    model = T5ForConditionalGeneration(config).eval()
    for weight in model.parameters():  # norms that do something
        torch.nn.init.normal_(weight, mean=weight.mean().item(), std=0.3)
    return model


@pytest.fixture
def model() -> EncoderDecoder:
    torch.manual_seed(1)
    return EncoderDecoder(SMALL).eval()


SOURCE = torch.tensor([[5, 6, 7, 8, 1], [9, 10, 1, 0, 0]])
TARGET = torch.tensor([[11, 12, 13, 1], [14, 1, 0, 0]])


def test_equal_to_t5(t5: Any) -> None:
    ours = from_t5(t5)
    mask = SOURCE != 0
    with torch.no_grad():
        theirs = t5(input_ids=SOURCE, attention_mask=mask.long(), labels=TARGET)
        memory, logits = ours.encode(SOURCE), ours(SOURCE, shifted_right(TARGET, 0))
    torch.testing.assert_close(
        memory[mask], theirs.encoder_last_hidden_state[mask], atol=1e-5, rtol=1e-5
    )
    torch.testing.assert_close(logits, theirs.logits, atol=1e-4, rtol=1e-5)
    wanted = TARGET != 0
    said = theirs.logits.log_softmax(-1).gather(-1, TARGET[..., None])[..., 0]
    torch.testing.assert_close(target_loss(ours, SOURCE, TARGET), -said[wanted].mean())


def test_writes_what_t5_writes(t5: Any) -> None:
    theirs = t5.generate(
        input_ids=SOURCE, attention_mask=(SOURCE != 0).long(), max_new_tokens=12, do_sample=False
    )[:, 1:]
    ours = write_greedily(from_t5(t5), SOURCE, 12)
    assert torch.equal(ours, theirs)


def tiny_t5(**changes: Any) -> Any:
    sizes: dict[str, Any] = {
        "vocab_size": 9,
        "d_model": 8,
        "d_kv": 4,
        "d_ff": 8,
        "num_layers": 1,
        "num_heads": 2,
    }
    return T5ForConditionalGeneration(T5Config(**sizes, **changes))


def test_other_t5s_are_refused() -> None:
    gated, untied = tiny_t5(feed_forward_proj="gated-gelu"), tiny_t5()
    untied.lm_head.weight = torch.nn.Parameter(untied.shared.weight.detach().clone())
    for other in (gated, untied):
        with pytest.raises(ValueError, match=r"only T5 of version 1\.0"):
            from_t5(other)


def test_marks_and_dropout_are_taken_over() -> None:
    ours = from_t5(tiny_t5(pad_token_id=3, eos_token_id=4, dropout_rate=0.3))
    assert (ours.config.pad_id, ours.config.end_id, ours.config.dropout) == (3, 4, 0.3)
    assert torch.equal(shifted_right(torch.tensor([[5, 6, 4]]), 3), torch.tensor([[3, 5, 6]]))


def test_something_is_dropped_wherever_t5_drops(t5: Any) -> None:
    """T5 drops attention weights, too, by a function; here all that are modules are counted."""
    calls: list[float] = []

    def count(part: Any, given: Any, made: Any) -> None:
        calls.append(part.p)

    dropped = []
    for model in (t5, from_t5(t5)):
        hooks = [
            part.register_forward_hook(count)
            for part in model.modules()
            if isinstance(part, torch.nn.Dropout)
        ]
        calls.clear()
        if model is t5:
            model(input_ids=SOURCE, labels=TARGET)
        else:
            model(SOURCE, TARGET)
        dropped.append(list(calls))
        for hook in hooks:
            hook.remove()
    assert dropped[0] == dropped[1] == [0.3] * (2 + 3 * 3 + 2 + 3 * 4)


def test_weights_begin_as_in_t5() -> None:
    torch.manual_seed(0)
    sizes: dict[str, Any] = {"vocab_size": 200, "d_model": 96, "d_kv": 40, "d_ff": 300}
    theirs = from_t5(T5ForConditionalGeneration(T5Config(num_layers=2, num_heads=6, **sizes)))
    ours = EncoderDecoder(theirs.config)
    for (name, mine), their in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        assert mine.mean().item() == pytest.approx(their.mean().item(), abs=0.05), name
        assert mine.std().item() == pytest.approx(their.std().item(), rel=0.25), name


def test_the_encoder_looks_both_ways_and_the_decoder_back(model: EncoderDecoder) -> None:
    memory = model.encode(SOURCE[:1])
    changed = SOURCE[:1].clone()
    changed[0, 3] = 15
    assert not torch.allclose(model.encode(changed)[0, 0], memory[0, 0])
    target = torch.tensor([[0, 11, 12, 13]])
    other = torch.tensor([[0, 11, 12, 19]])
    said, again = model.decode(target, memory, SOURCE[:1]), model.decode(other, memory, SOURCE[:1])
    torch.testing.assert_close(said[:, :3], again[:, :3])
    assert not torch.allclose(said[:, 3], again[:, 3])


def test_padding_is_not_looked_at(model: EncoderDecoder) -> None:
    alone = model(SOURCE[1:, :3], shifted_right(TARGET[1:, :2], 0))
    torch.testing.assert_close(
        model(SOURCE, shifted_right(TARGET, 0))[1, :2], alone[0], atol=1e-5, rtol=0
    )
    with pytest.raises(ValueError, match="source 1 holds nothing but padding"):
        model.encode(torch.tensor([[3, 1], [0, 0]]))


def test_cross_attention_is_attention_to_another_text() -> None:
    torch.manual_seed(0)
    attention = CrossAttention(8, 2, 4)
    x, source, bias = torch.randn(1, 3, 8), torch.randn(1, 5, 8), torch.randn(1, 2, 3, 5)
    weights = attention.weights(x, source, bias)
    torch.testing.assert_close(weights.sum(-1), torch.ones(1, 2, 3))
    mixed = weights @ attention.heads(attention.value(source))
    expected = attention.out(mixed.transpose(1, 2).flatten(2))
    torch.testing.assert_close(attention(x, source, bias), expected)
    order = torch.tensor([4, 2, 0, 1, 3])
    torch.testing.assert_close(attention(x, source[:, order], bias[..., order]), expected)


def test_it_learns_to_reverse(model: EncoderDecoder) -> None:
    model.train()
    generator = torch.Generator().manual_seed(0)
    words = torch.randint(2, 20, (64, 4), generator=generator)
    end = torch.ones(64, 1, dtype=torch.long)
    source, target = torch.cat([words, end], 1), torch.cat([words.flip(1), end], 1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(150):
        optimizer.zero_grad()
        target_loss(model, source, target).backward()
        optimizer.step()
    written = write_greedily(model.eval(), source, 8)
    assert (written[:, :5] == target).all(dim=1).float().mean() > 0.9


def test_a_target_ends(model: EncoderDecoder) -> None:
    written = write_greedily(model, SOURCE, 6)
    assert written.shape[1] <= 6
    for row in written.tolist():
        if 1 in row:
            assert set(row[row.index(1) + 1 :]) <= {0}
    with pytest.raises(ValueError, match="longest=0"):
        write_greedily(model, SOURCE, 0)


class Scripted:
    """Stands for a model: says the tokens of each row in their order, and counts its steps."""

    def __init__(self, rows: list[list[int]]) -> None:
        self.rows, self.steps, self.config = torch.tensor(rows), 0, SMALL

    def encode(self, source: torch.Tensor) -> torch.Tensor:
        return source

    def decode(self, target: torch.Tensor, memory: Any, source: Any) -> torch.Tensor:
        self.steps += 1
        return torch.nn.functional.one_hot(self.rows[:, : target.shape[1]], 20).float()


@pytest.mark.parametrize(
    ("longest", "written", "steps"),
    [(9, [[5, 1, 0, 0], [6, 7, 8, 1]], 4), (3, [[5, 1, 0], [6, 7, 8]], 3), (1, [[5], [6]], 1)],
)
def test_writing_ends_with_the_last_end(longest: int, written: list[list[int]], steps: int) -> None:
    model: Any = Scripted([[5, 1, 9, 9, 9], [6, 7, 8, 1, 9]])
    assert write_greedily(model, SOURCE, longest).tolist() == written
    assert model.steps == steps


def test_weights_are_those_with_which_the_decoder_looks(
    t5: Any,
) -> None:
    t5.set_attn_implementation("eager")
    theirs = t5(
        input_ids=SOURCE, attention_mask=(SOURCE != 0).long(), labels=TARGET, output_attentions=True
    ).cross_attentions
    model = from_t5(t5)
    ours = cross_weights(model, SOURCE, TARGET)
    assert ours.shape == (3, 2, 4, 4, 5) and ours[:, 1, ..., 3:].abs().max() == 0
    torch.testing.assert_close(ours, torch.stack(theirs), atol=1e-5, rtol=0)
    assert not any(part._forward_hooks for part in model.modules()), "nothing is left behind"
