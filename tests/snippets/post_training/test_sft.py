"""Fine-tuning: new tokens disturb nothing, packing changes no loss, only answers are learned."""

from collections import defaultdict
from copy import deepcopy
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
import torch
from torch import Tensor

from snippets.foundations.tokenizers import CharTokenizer
from snippets.post_training import sft
from snippets.post_training.chat import IGNORED, TEMPLATE, Example, examples
from snippets.post_training.sft import (
    Rows,
    SFTConfig,
    fine_tune,
    pack,
    plain_rows,
    rows_loss,
    shuffled,
    with_tokens,
)
from snippets.training.batches import evaluate
from snippets.transformer.minigpt import MINIGPT, MiniGPT, next_token_loss
from snippets.using.publishing.interop import to_transformers
from tests.snippets.training.seen_steps import memory_kept

TOKENIZER = CharTokenizer(" .abcdefghijklmnopqrstuvwxyz")
SIZES = replace(MINIGPT, vocab_size=28, d_model=32, num_layers=2, d_hidden=48, context=32)
PAIRS = [("rhyme love.", "above."), ("rhyme day.", "nay."), ("hush.", ""), ("rhyme me.", "o sea.")]


@pytest.fixture
def plain() -> MiniGPT:
    torch.manual_seed(0)
    return MiniGPT(SIZES).eval()


@pytest.fixture
def model(plain) -> MiniGPT:
    return with_tokens(plain, TOKENIZER, TEMPLATE.tokens)[0]


LARGER = CharTokenizer([*TOKENIZER.characters, *TEMPLATE.tokens])


def test_new_tokens_are_rows_and_the_old_logits_stay(plain):
    larger, tokenizer = with_tokens(plain, TOKENIZER, TEMPLATE.tokens)
    assert tokenizer.characters == LARGER.characters and larger.config.vocab_size == 31
    ids = torch.arange(28)[None]
    torch.testing.assert_close(larger(ids)[..., :28], plain(ids), atol=1e-6, rtol=1e-6)
    assert larger.head.weight is larger.embedding.weight
    assert len(larger.embedding.weight[28:].unique(dim=0)) == 3  # that can be told apart
    assert plain.config.vocab_size == 28 and len(plain.embedding.weight) == 28


def test_tokens_are_added_once_and_to_a_tied_table(plain):
    with pytest.raises(ValueError, match="twice"):
        with_tokens(plain, TOKENIZER, ["a"])
    with pytest.raises(ValueError, match="tie_weights=False"):
        with_tokens(MiniGPT(replace(SIZES, tie_weights=False)), TOKENIZER, TEMPLATE.tokens)


def test_packed_is_as_if_each_conversation_were_alone(model):
    few = examples(LARGER, PAIRS, 32)
    rows = pack(few, 32)
    assert len(rows.ids) < len(few)  # some share a row
    total, count = 0.0, 0
    for example in few:
        inputs, targets = (torch.tensor(ids) for ids in example.inputs_and_targets())
        log_p = model(inputs[None])[0].log_softmax(-1)
        learned = targets != IGNORED
        total -= log_p[learned, targets[learned]].sum()
        count += int(learned.sum())
    torch.testing.assert_close(rows_loss(model, rows), total / count, atol=1e-5, rtol=1e-5)
    assert count == sum(len(answer) + 1 for _, answer in PAIRS)


def test_nothing_of_a_prompt_is_learned(model):
    rows = pack(examples(LARGER, PAIRS, 32), 32)
    learned = rows.targets[rows.targets != IGNORED].tolist()
    assert sorted(LARGER.decode(learned)) == sorted("".join(a + TEMPLATE.end for _, a in PAIRS))


def test_a_conversation_longer_than_a_row_is_refused():
    few = examples(LARGER, PAIRS)
    with pytest.raises(ValueError, match="does not fit rows of 12"):
        pack(few, 12)


def test_plain_text_is_learned_as_in_pretraining(model):
    data = torch.arange(60).reshape(2, 30) % 28
    rows = plain_rows(data[:, :-1], data[:, 1:])
    expected = next_token_loss(model(data[:, :-1]), data[:, 1:])
    torch.testing.assert_close(rows_loss(model, rows), expected, atol=1e-6, rtol=1e-6)


def trl_loss(model: MiniGPT, few: list[Example]) -> Tensor:
    """SFTTrainer's own loss, of conversations that its collator padded, on the same weights."""
    from trl.trainer.sft_trainer import DataCollatorForLanguageModeling, SFTTrainer
    from trl.trainer.utils import add_fused_lm_head

    theirs = to_transformers(model)
    add_fused_lm_head(theirs, outputs=("log_probs", "entropy", "is_top1"))
    alone = SimpleNamespace(parallelism_config=None, gather_for_metrics=lambda x: x)
    trainer: Any = SimpleNamespace(  # what the method reads of its trainer
        args=SimpleNamespace(loss_type="nll", average_tokens_across_devices=False),
        model=theirs, accelerator=alone, compute_loss_func=None, label_smoother=None,
        aux_loss_enabled=False, _metrics=defaultdict(lambda: defaultdict(list)),
        _total_train_tokens=0,
    )  # fmt: skip
    labels = [[IGNORED] * e.answer + e.ids[e.answer :] for e in few]
    given = [{"input_ids": e.ids, "labels": ids} for e, ids in zip(few, labels, strict=True)]
    batch = DataCollatorForLanguageModeling(pad_token_id=0)(given)
    return SFTTrainer.compute_loss(trainer, theirs, batch)


def test_the_loss_is_trls(model):
    with torch.no_grad():  # so that no two tokens are about equally likely
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    few = examples(LARGER, PAIRS, 32)
    ours, theirs = rows_loss(model, pack(few, 32)), trl_loss(model, few)
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


def test_rows_without_a_target_are_refused(model):
    rows = pack(examples(LARGER, PAIRS, 32), 32)
    empty = Rows(rows.ids, torch.full_like(rows.targets, IGNORED), rows.position_ids, rows.mask)
    with pytest.raises(ValueError, match="nothing to learn"):
        rows_loss(model, empty)


def tuned(model: MiniGPT, **settings) -> tuple[MiniGPT, list[float]]:
    rows = pack(examples(LARGER, PAIRS * 8, 32), 32)
    old = torch.arange(400) % 28
    model = deepcopy(model)
    return model, list(fine_tune(model, rows, SFTConfig(rows=4, warmup=2, **settings), old))


def test_answers_are_learned_by_heart(model):
    learned, losses = tuned(model, steps=60, replay=0)
    assert losses[-1] < 0.6 < 2.5 < losses[0] and not learned.training
    assert all(parameter.grad is None for parameter in learned.parameters())
    _, same = tuned(model, steps=60, replay=0)
    assert same == losses
    assert tuned(model, steps=60, replay=0, seed=1)[1] != losses


def test_what_is_repeated_is_remembered(model):
    old = torch.arange(400) % 28
    steps = {"steps": 60, "muon_lr": 0.01}
    knows, _ = tuned(model, replay=4, **steps)
    forgot, _ = tuned(model, replay=0, **steps)
    assert evaluate(knows, old) < evaluate(forgot, old) - 1


def test_replay_needs_a_text(model):
    rows = pack(examples(LARGER, PAIRS, 32), 32)
    with pytest.raises(ValueError, match="replay=3 needs the old text"):
        next(fine_tune(model, rows, SFTConfig(replay=3)))


def test_a_loss_that_is_not_finite_stops_with_its_step(model):
    with torch.no_grad():
        model.embedding.weight[0] = torch.nan
    rows = pack(examples(LARGER, PAIRS, 32), 32)
    with pytest.raises(FloatingPointError, match="at step 0"):
        next(fine_tune(model, rows, SFTConfig(replay=0)))


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"rows": 0}, {"replay": -1}])
def test_settings_that_cannot_be_are_refused(wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=f"{name}={wrong[name]}"):
        SFTConfig(**wrong)


def test_new_rows_lie_among_the_old_ones(plain):
    """Each is nearer to their mean than the old ones are, and none is likelier than all of them."""
    with torch.no_grad():
        plain.embedding.weight += 1.0  # a mean that is not 0
    larger, _ = with_tokens(plain, TOKENIZER, TEMPLATE.tokens)
    old, new = larger.embedding.weight.split([28, 3])
    off = [((rows - old.mean(0)) / old.std(0)).square().mean().sqrt() for rows in (old, new)]
    assert 0.3 * off[0] < off[1] < 0.7 * off[0]
    other, _ = with_tokens(plain, TOKENIZER, TEMPLATE.tokens, seed=1)
    assert not torch.equal(other.embedding.weight, larger.embedding.weight)
    assert with_tokens(plain.train(), TOKENIZER, TEMPLATE.tokens)[0].training
    assert not with_tokens(plain.eval(), TOKENIZER, TEMPLATE.tokens)[0].training


def test_given_optimizers_take_the_steps_at_rates_that_rise_and_fall(model):
    rows = pack(examples(LARGER, PAIRS, 32), 32)
    optimizer = torch.optim.SGD([model.norm.weight], lr=0.5)
    before, rates = deepcopy(model.state_dict()), []
    optimizer.register_step_pre_hook(lambda *_: rates.append(optimizer.param_groups[0]["lr"]))
    with memory_kept():
        list(fine_tune(model, rows, SFTConfig(steps=8, rows=2, replay=0), optimizers=[optimizer]))
    changed = [name for name, now in model.state_dict().items() if not now.equal(before[name])]
    assert changed == ["norm.weight"]
    assert len(rates) == 8 and rates[0] < max(rates) == 0.5 and rates[-1] < 0.25


def test_each_row_comes_once_before_any_comes_again():
    order = shuffled(5, 12, torch.Generator().manual_seed(0)).tolist()
    assert sorted(order[:5]) == sorted(order[5:10]) == list(range(5)) and len(order) == 12
    assert order[:5] != order[5:10]


def test_every_row_is_learned_from(model, monkeypatch):
    loss = Mock(wraps=rows_loss)
    monkeypatch.setattr(sft, "rows_loss", loss)
    rows = pack(examples(LARGER, PAIRS, 32), 32)
    list(fine_tune(model, rows, SFTConfig(steps=len(rows.ids), rows=1, replay=0)))
    seen = [call.args[1].ids.tolist() for call in loss.call_args_list]
    assert sorted(seen) == sorted(rows.ids[:, None].tolist())


def test_new_rows_are_the_same_each_time_and_their_seed_is_zero_unless_told(plain):
    tables = [
        with_tokens(plain, TOKENIZER, TEMPLATE.tokens, *seed)[0].embedding.weight
        for seed in ((), (), (0,))
    ]
    assert torch.equal(tables[0], tables[1]) and torch.equal(tables[0], tables[2])


def test_rows_of_text_lie_where_the_text_does():
    rows = plain_rows(*torch.zeros(2, 3, 5, dtype=torch.long, device="meta"))
    assert {part.device.type for part in rows} == {"meta"}  # it stands for a GPU


@pytest.mark.parametrize(("where", "old"), [("cpu", "cpu"), ("meta", "cpu"), ("meta", "meta")])
def test_old_text_comes_to_the_conversations(model, monkeypatch, where, old):
    rows = Rows(*(part.to(where) for part in pack(examples(LARGER, PAIRS, 32), 32)))
    loss = Mock(side_effect=ZeroDivisionError)
    monkeypatch.setattr(sft, "rows_loss", loss)
    settings = SFTConfig(steps=1, rows=2, replay=1)
    with pytest.raises(ZeroDivisionError):
        next(fine_tune(model, rows, settings, torch.arange(100).to(old) % 28))
    assert {part.device.type for part in loss.call_args.args[1]} == {where}


def test_rows_go_to_the_models_device(model):
    rows, seen = pack(examples(LARGER, PAIRS, 32), 32), []
    model.to("meta").register_forward_pre_hook(
        lambda _, arguments, options: seen.extend([*arguments, *options.values()]), with_kwargs=True
    )
    assert rows_loss(model, rows).device.type == "meta"
    assert {part.device.type for part in seen} == {"meta"} and len(seen) == 3


def test_a_larger_model_is_of_the_type_and_on_the_device_of_the_first(plain):
    double, _ = with_tokens(plain.double(), TOKENIZER, TEMPLATE.tokens)
    elsewhere, _ = with_tokens(plain.to("meta"), TOKENIZER, TEMPLATE.tokens)
    assert {p.dtype for p in double.parameters()} == {torch.float64}
    assert {p.device.type for p in elsewhere.parameters()} == {"meta"}
