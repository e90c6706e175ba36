from importlib import import_module

from benchmarks import __main__ as command
from benchmarks import generation, training
from benchmarks.recorded import ROOT


def test_benchmarks_run_in_the_order_of_their_names(monkeypatch, capsys):
    ran = []
    monkeypatch.setattr(training, "run", lambda options: ran.append(("training", options.rounds)))
    monkeypatch.setattr(generation, "run", lambda options: ran.append(("generation", 2)))
    assert command.main(["generation", "training", "--rounds", "2"]) == 0
    assert ran == [("generation", 2), ("training", 2)]
    assert "## generation\n" in capsys.readouterr().out


def test_a_fault_is_one_line(monkeypatch, capsys):
    def fails(options):
        raise ValueError("my.txt is not UTF-8 text")

    monkeypatch.setattr(training, "run", fails)
    assert command.main(["training"]) == 1
    assert capsys.readouterr().err == "benchmarks: my.txt is not UTF-8 text\n"


def test_stopping_it_says_that_results_stay(monkeypatch, capsys):
    def stopped(options):
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "run", stopped)
    assert command.main(["training"]) == 130
    assert "what was recorded stays" in capsys.readouterr().err


def test_every_module_can_be_imported():
    """Most are imported only by a measurement that takes minutes."""
    for path in (ROOT / "benchmarks").glob("*.py"):
        import_module(f"benchmarks.{path.stem}")
