"""A training run taken to its end, with a progress bar, and able to stop and go on."""

import time
from pathlib import Path
from typing import Any

from tqdm import tqdm

from snippets.training.batches import evaluate
from snippets.training.loop import Training
from snippets.training.speed.fast_cpu import keep_freed_memory
from snippets.training.state import signals_held
from snippets.transformer.minigpt import MiniGPT, count_parameters

# --8<-- [start:train]
SAVE_EVERY = 30.0  # seconds between two savings of an unfinished training


def train(
    training: Training, progress: bool = False, unfinished: Path | None = None, mark: str = ""
) -> dict[str, Any]:
    """Takes a training to its end, from where it was left, and says how it went.

    The record's val_loss is that of the finished model (of the averaged weights, where there are
    any) over the whole validation text, in nats per token; its history that of `Training.steps`.
    With a path `unfinished`, the state is kept there until the end, and found there if it has the
    same mark. Raises FloatingPointError where a loss or a weight is not finite, and
    KeyboardInterrupt after a signal.
    """
    steps = training.settings.steps
    if unfinished and training.restore(unfinished, mark) and progress:
        tqdm.write(f"going on from step {training.step} of {steps}")
    tokens = training.settings.batch_size * training.model.config.context  # of a step
    hidden: dict[str, Any] = {} if progress else {"disable": True}
    bar = tqdm(total=steps * tokens, unit=" tokens", unit_scale=True, **hidden)
    begin = time.perf_counter() - training.seconds  # as if it had never been interrupted
    saved = time.perf_counter()
    keep_freed_memory()
    with bar, signals_held() as stopped:
        bar.update(training.step * tokens)
        for loss in training.steps():
            bar.set_description(f"loss {loss:.3f}", refresh=False)
            bar.update(tokens)
            now = time.perf_counter()
            training.seconds = now - begin
            stop, due = training.mean(stopped(), now - saved > SAVE_EVERY)  # above 0: of any
            if unfinished and (stop or due):
                training.save(unfinished, mark)  # (!)
                saved = now
            if stop and training.step < steps:
                raise KeyboardInterrupt
    return record_of(training)


# --8<-- [end:train]


# --8<-- [start:record]
def record_of(training: Training) -> dict[str, Any]:
    """What is kept of a training that has taken all its steps: sizes, losses, and its speed."""
    model = finite(training.finish())
    tokens = training.settings.steps * training.settings.batch_size * model.config.context
    return {
        "params": count_parameters(model.config),
        "tokens": tokens,
        "val_loss": evaluate(model, training.validation),
        "seconds": training.seconds,
        "tokens_per_second": tokens / training.seconds,
        "history": training.history,
    }


def finite(model: MiniGPT) -> MiniGPT:
    """The model; FloatingPointError where a weight is not finite: no loss saw the last step."""
    for name, parameter in model.named_parameters():
        if not parameter.isfinite().all():
            raise FloatingPointError(
                f"{name} is not finite after the last step: try a smaller learning rate"
            )
    return model


# --8<-- [end:record]
