"""A whole training: step after step, with a curve, and able to stop and go on."""

# --8<-- [start:imports]
import time
from pathlib import Path
from typing import Any

from torch import Tensor
from tqdm import tqdm

from snippets.training.fast_cpu import fast_training
from snippets.training.resume import signals_held
from snippets.training.trainer import Training
from snippets.training.training_loop import TrainingConfig, check_length, evaluate
from snippets.transformer.minigpt import MiniGPT, MiniGPTConfig, count_parameters

# --8<-- [end:imports]


# --8<-- [start:run]
SAVE_EVERY = 30.0  # seconds between two savings of an unfinished training


def run(
    training: Training,
    validation: Tensor,
    bar: tqdm,
    unfinished: Path | None = None,
    mark: str = "",
) -> None:
    """Takes all steps that are left, saving now and then; a signal saves and interrupts."""
    s, tokens = training.settings, tokens_a_step(training)
    before, start = training.seconds, time.perf_counter()
    saved, stop = start, False
    with fast_training(), signals_held() as stopped:
        while training.step < s.steps and not stop:
            loss = training.advance()
            bar.set_description(f"loss {loss:.3f}", refresh=False)
            if training.step % s.eval_every == 0 or training.step == s.steps:
                part = evaluate(training.model, validation, s.eval_windows)
                mean = sum(training.losses) / len(training.losses)
                training.history.append((training.step, mean, part))
                training.losses.clear()
                bar.set_postfix(validation=f"{part:.3f}", refresh=False)
            bar.update(tokens)
            now = time.perf_counter()
            training.seconds = before + now - start
            stop, due = training.agree(stopped(), now - saved > SAVE_EVERY)
            if unfinished and (stop or due):
                training.save(unfinished, mark)
                saved = now
        if training.step < s.steps:
            raise KeyboardInterrupt


# --8<-- [end:run]


def tokens_a_step(training: Training) -> int:
    """Tokens that a step learns from: those of the whole batch."""
    return training.settings.batch_size * training.model.config.context


# --8<-- [start:train]
def train(
    config: MiniGPTConfig,
    settings: TrainingConfig,
    data: Tensor,
    validation: Tensor,
    progress: bool = False,
) -> tuple[MiniGPT, dict[str, Any]]:
    """Trains a fresh model on ids (N,); returns it, and the record of `complete_training`."""
    training = Training(config, settings, data)
    record = complete_training(training, validation, progress)
    return training.model, record


def complete_training(
    training: Training,
    validation: Tensor,
    progress: bool = False,
    unfinished: Path | None = None,
    mark: str = "",
) -> dict[str, Any]:
    """Takes a training to its end, from where it was left, and says how it went.

    The record's history holds (step, mean training loss since the last entry, validation loss on a
    part); its val_loss is over the whole validation text, in nats a token. With a path
    `unfinished`, the state is kept there until the end, and found there if it has the same mark.
    Raises FloatingPointError where a loss is not finite; KeyboardInterrupt after a signal.
    """
    check_length("validation", validation, 1)
    if unfinished and training.restore(unfinished, mark) and progress:
        tqdm.write(f"going on from step {training.step} of {training.settings.steps}")
    tokens = tokens_a_step(training)
    total, done = training.settings.steps * tokens, training.step * tokens
    with tqdm(
        total=total, initial=done, unit=" tokens", unit_scale=True, disable=not progress
    ) as bar:
        run(training, validation, bar, unfinished, mark)
    return {
        "params": count_parameters(training.model.config),
        "tokens": total,
        "val_loss": evaluate(training.finish(), validation),
        "seconds": training.seconds,
        "tokens_per_second": total / training.seconds,
        "history": training.history,
    }


# --8<-- [end:train]
