from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import nn

from snippets.results import load_results, load_weights, results_file
from snippets.training.files import write_folder


@pytest.mark.parametrize("compact", [False, True])
def test_what_is_written_is_read(tmp_path: Path, compact: bool) -> None:
    found = {"losses": [1.5, 0.1 + 0.2], "names": {"größer": True}}
    write_folder(tmp_path / "made", results_file(found, compact))
    assert load_results("made", "snippets.made", tmp_path / "made") == found


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        results_file({"loss": number})


def test_what_is_missing_says_what_makes_it(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"`python -m snippets.made --out build/made`"):
        load_results("made", "snippets.made", tmp_path)


@pytest.mark.parametrize(
    ("text", "fault"), [("{", "Expecting"), ("[1]", "holds a list"), ('{"a": NaN}', "NaN")]
)
def test_what_is_damaged_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "results.json").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=rf"results\.json is damaged: .*{fault}"):
        load_results("made", "snippets.made", tmp_path)


def test_it_is_looked_for_where_artefacts_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("snippets.results.artefact_folder", lambda name, _: tmp_path / name)
    write_folder(tmp_path / "made", results_file({"a": 1}))
    assert load_results("made", "snippets.made") == {"a": 1}


def stored(folder: Path, model: nn.Module, *without: str) -> Path:
    weights = {name: w.clone() for name, w in model.state_dict().items() if name not in without}
    (folder / "model.safetensors").write_bytes(safetensors.torch.save(weights))
    return folder / "model.safetensors"


def test_weights_come_back_and_the_model_is_ready_to_use(tmp_path: Path) -> None:
    wanted = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    wanted(torch.randn(4, 3))  # running means are no parameters, and come along
    model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    assert load_weights(model, stored(tmp_path, wanted)) is model
    assert not model.training
    for name, tensor in wanted.state_dict().items():
        assert torch.equal(model.state_dict()[name], tensor)


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.head = nn.Embedding(4, 3), nn.Linear(3, 4, bias=False)
        self.head.weight = self.embedding.weight


@pytest.mark.parametrize("without", [(), ("head.weight",), ("embedding.weight",)])
def test_a_tied_tensor_may_be_stored_once(tmp_path: Path, without: tuple[str, ...]) -> None:
    wanted, model = Tied(), Tied()
    load_weights(model, stored(tmp_path, wanted, *without))
    assert torch.equal(model.head.weight, wanted.embedding.weight)
    assert model.head.weight is model.embedding.weight


def test_weights_that_are_not_the_models_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"model\.safetensors is missing"):
        load_weights(nn.Linear(3, 2), tmp_path / "model.safetensors")
    path = stored(tmp_path, nn.Linear(3, 2))
    wrong = {"size mismatch": nn.Linear(2, 2), "Unexpected": nn.Linear(3, 2, bias=False)}
    for fault, model in wrong.items():
        with pytest.raises(ValueError, match=rf"(?s)model\.safetensors is damaged: .*{fault}"):
            load_weights(model, path)
    with pytest.raises(ValueError, match="Missing"):
        load_weights(nn.Linear(3, 2), stored(tmp_path, nn.Linear(3, 2), "bias"))
    with pytest.raises(ValueError, match="Missing"):
        load_weights(Tied(), stored(tmp_path, Tied(), "head.weight", "embedding.weight"))
    path = stored(tmp_path, nn.Linear(3, 2))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match=r"model\.safetensors is damaged"):
        load_weights(nn.Linear(3, 2), path)


def test_a_compact_file_has_no_spaces_and_the_other_a_line_for_each_value() -> None:
    found = {"losses": [1, 2], "a": "b"}
    assert results_file(found, compact=True)["results.json"] == b'{"losses":[1,2],"a":"b"}\n'
    assert results_file(found) == results_file(found, compact=False)
    lines = results_file(found)["results.json"].decode().splitlines()
    assert len(lines) == 7 and lines[2] == "  1,"
