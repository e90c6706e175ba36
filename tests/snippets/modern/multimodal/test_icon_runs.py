"""From the command to the loaded models, in a few steps, and what the artefact must hold."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from snippets.modern.multimodal import icon_runs
from snippets.modern.multimodal.icon_runs import (
    fit,
    icon_results,
    load_captioner,
    load_clip,
    load_icons,
    main,
)
from snippets.modern.multimodal.icon_split import Icons, split_icons
from snippets.modern.multimodal.icons import draw_icons, icon_outlines


@pytest.fixture
def some(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer icons, and smaller batches."""

    def drawn() -> Icons:
        outlines = {n: o for i, (n, o) in enumerate(icon_outlines().items()) if i % 20 == 0}
        names, pictures = list(outlines), draw_icons(outlines)
        return Icons(names, pictures, *split_icons(names, pictures))

    monkeypatch.setattr(icon_runs, "drawn_icons", drawn)
    monkeypatch.setattr(icon_runs, "BATCH", {"clip": 16, "captions": 16})
    monkeypatch.setattr(icon_runs, "SEEDS", (0, 1))


def test_from_the_command_to_the_models(some: None, tmp_path: Path) -> None:
    folder = tmp_path / "icons"
    assert main(["--out", str(folder), "--steps", "3", "2"]) == 0
    icons, found = load_icons(folder), icon_results(folder)
    assert 300 < len(icons.names) == len(icons.pictures) < 400
    assert len(found["retrieval"]) == len(found["captions"]) == 2
    clip, captioner = load_clip(icons, folder), load_captioner(icons, folder)
    with torch.no_grad():
        states = clip.pictures(icons.ink(icons.test))
        assert captioner.write(states) == found["captions"][0]["written"]
        vectors = clip.picture_vectors(icons.ink(icons.test))
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(len(icons.test)))
    loaders: dict[str, Callable[[], object]] = {
        "clip.safetensors": lambda: load_clip(icons, folder),
        "captioner.safetensors": lambda: load_captioner(icons, folder),
        "pictures.npz": lambda: load_icons(folder),
    }
    for name, load in loaders.items():
        (folder / name).write_bytes(b"no")
        with pytest.raises(ValueError, match=f"{name} is damaged"):
            load()
        (folder / name).unlink()
        with pytest.raises(FileNotFoundError, match=name):
            load()
    (folder / "results.json").unlink()
    with pytest.raises(FileNotFoundError, match="icon_runs --out"):
        load_icons(folder)


def test_each_example_comes_once_per_round() -> None:
    seen: list[int] = []
    model: Any = torch.nn.Linear(3, 1)
    model.blocks = torch.nn.Linear(2, 2)

    def loss_of(places: torch.Tensor) -> torch.Tensor:
        seen.extend(places.tolist())
        return model(torch.ones(3)).sum() + model.blocks(torch.ones(2)).sum()

    fit(model, loss_of, count=10, steps=10, batch_size=4, seed=0)
    assert all(sorted(seen[i : i + 10]) == list(range(10)) for i in range(0, 40, 10))


def test_fitting_moves_both_kinds_of_weights_and_lowers_the_loss() -> None:
    torch.manual_seed(0)
    model, blocks = torch.nn.Linear(3, 4), torch.nn.Linear(4, 2)
    model.blocks = blocks
    x = torch.randn(20, 3)

    def loss_of(places: torch.Tensor) -> torch.Tensor:
        hidden = torch.nn.functional.linear(x[places], model.weight, model.bias).tanh()
        squares: torch.Tensor = (blocks(hidden) - x[places, :2]).square()
        return squares.mean()

    before, first = [p.detach().clone() for p in model.parameters()], loss_of(torch.arange(20))
    fit(model, loss_of, count=20, steps=60, batch_size=10, seed=0, rates=(0.03, 0.03))
    assert loss_of(torch.arange(20)) < 0.5 * first
    assert all((p - b).abs().max() > 1e-3 for p, b in zip(model.parameters(), before, strict=True))


def test_matrices_inside_the_blocks_have_an_optimizer_of_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: dict[str, Any] = {}

    class Watched(torch.optim.SGD):
        def __init__(self, parameters: Any, lr: float, **_: Any) -> None:
            given[f"{len(given)}"] = (parameters, lr)
            super().__init__(parameters, lr=lr)

    monkeypatch.setattr(icon_runs, "NorMuon", Watched)
    monkeypatch.setattr(icon_runs.optim, "AdamW", Watched)
    model: Any = torch.nn.Linear(3, 1)
    model.blocks = torch.nn.ModuleList([torch.nn.Linear(2, 2)])
    (inside, outside) = (model.blocks[0].weight, [model.weight, model.bias, model.blocks[0].bias])
    fit(model, lambda _: sum(p.sum() for p in model.parameters()), 4, 1, 2, 0)
    (hidden, first), (rest, second) = given["0"], given["1"]
    assert [id(p) for p in hidden] == [id(inside)] and (first, second) == (0.01, 0.003)
    assert {id(p) for p in rest} == {id(p) for p in outside}
    assert all(p.grad is None for p in model.parameters())


def test_another_seed_has_another_order() -> None:
    model: Any = torch.nn.Linear(1, 1)
    model.blocks = torch.nn.Linear(2, 2)
    orders = []
    for seed in (0, 0, 1):
        seen: list[int] = []

        def loss_of(places: torch.Tensor, seen: list[int] = seen) -> torch.Tensor:
            seen.extend(places.tolist())
            return model.weight.sum() + model.blocks.weight.sum()

        fit(model, loss_of, count=9, steps=3, batch_size=3, seed=seed)
        orders.append(seen)
    assert orders[0] == orders[1] != orders[2] and sorted(orders[2]) == list(range(9))


def test_without_numbers_the_command_takes_those_of_the_course(
    some: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, int]] = []

    def trained(*given: Any) -> torch.nn.Module:
        asked.append(given[-2:])  # steps, seed
        return torch.nn.Linear(1, 1)

    monkeypatch.setattr(icon_runs, "train_clip", trained)
    monkeypatch.setattr(icon_runs, "train_captioner", trained)
    for name in ("retrieval_scores", "caption_scores"):
        monkeypatch.setattr(icon_runs, name, lambda *_: {})
    assert main(["--out", str(tmp_path / "icons")]) == 0
    steps = icon_runs.STEPS["clip"], icon_runs.STEPS["captions"]
    assert asked == [(count, seed) for seed in (0, 1) for count in steps]
