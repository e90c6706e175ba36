"""With a checkout that looks like nanoGPT's and only prints: nothing of it is needed here."""

import pytest

from benchmarks import nanogpt
from benchmarks.options import Options
from benchmarks.recorded import load

LOG = """\
Overriding: device = cpu
number of parameters: 0.80M
step 0: train loss 4.2874, val loss 4.2823
iter 0: loss 4.2649, time 9000.00ms, mfu -100.00%
iter 1: loss 4.1, time 30.00ms, mfu -100.00%
iter 2: loss 4.0, time 34.00ms, mfu 0.10%
iter 3: loss 3.9, time 80.00ms, mfu 0.10%
step 4: train loss 1.7648, val loss 1.8857
saving checkpoint to out
iter 4: loss 1.7, time 9000.00ms, mfu 0.10%
"""
PREPARE = """
import pathlib
here = pathlib.Path(__file__).parent
text = (here / "input.txt").read_text(encoding="utf-8")
(here / "train.bin").write_text(str(len(text)))
"""
TRAIN = """
import pathlib, sys
assert pathlib.Path("data/shakespeare_char/train.bin").read_text() == "24"
assert "--device=cpu" in sys.argv and "--compile=False" in sys.argv and "--max_iters=4" in sys.argv
print(LOG, end="")
"""
MODEL = """
class GPTConfig:
    def __init__(self, **given):
        assert given["block_size"] == 256 and given["n_embd"] == 128
class GPT:
    def __init__(self, config): pass
    def eval(self): return self
    def generate(self, ids, tokens): assert tuple(ids.shape) == (1, 4) and tokens == 252
"""


@pytest.fixture
def checkout(tmp_path):
    folder = tmp_path / "nanogpt"
    (folder / nanogpt.DATA).mkdir(parents=True)
    (folder / "train.py").write_text(TRAIN.replace("LOG", repr(LOG)))
    (folder / "model.py").write_text(MODEL)
    (folder / nanogpt.DATA / "prepare.py").write_text(PREPARE)
    (tmp_path / "text.txt").write_text("the fox and the grapes; ")
    return folder


def test_its_programs_run_in_a_copy_and_what_they_print_is_recorded(checkout, tmp_path, capsys):
    before = sorted(path.name for path in checkout.rglob("*"))
    out = tmp_path / "out"
    options = Options(
        nanogpt=checkout, data=tmp_path / "text.txt", steps=4, rounds=2, out=out, threads=1
    )
    nanogpt.run(options)
    assert sorted(path.name for path in checkout.rglob("*")) == before
    row = nanogpt.summary(load("nanogpt", out))
    assert (row["loss"], row["train_loss"], row["steps"]) == (1.8857, 1.7648, 4)
    assert row["milliseconds"] == 34
    assert row["seconds"] == pytest.approx(4 * 0.048)  # without the steps that evaluated
    assert row["tokens_a_second"] > 0
    assert len(load("nanogpt", out)["rows"][0]["seconds_a_token"]) == 2
    assert "| nanoGPT | 4 | 1.886 | 0 | 34.0 |" in capsys.readouterr().out


def test_a_program_that_fails_is_quoted(checkout, tmp_path):
    (checkout / "train.py").write_text("raise SystemExit('no such option')")
    options = Options(nanogpt=checkout, data=tmp_path / "text.txt", steps=4, out=tmp_path / "out")
    with pytest.raises(ValueError, match=r"train.py failed:\s+no such option"):
        nanogpt.run(options)
    assert not (tmp_path / "out").exists()


def test_what_is_no_checkout_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"is no checkout of nanoGPT: it has no train.py"):
        nanogpt.run(Options(nanogpt=tmp_path))


def test_a_log_without_losses_is_refused():
    with pytest.raises(ValueError, match="no losses or times"):
        nanogpt.parse_log(["Initializing a new model from scratch\n"])
