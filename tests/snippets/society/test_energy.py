"""The calculator: it gives what was published where all factors were, and refuses nonsense."""

from collections.abc import Callable
from functools import partial
from math import inf, nan
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snippets.foundations.facts import Entry, load_facts
from snippets.society.energy import (
    accelerator_hours,
    embodied,
    emissions,
    energy,
    training_operations,
    uses_until_equal,
)

FACTS, MODELS = load_facts("energy"), load_facts("models")
METERED = [e for e in FACTS.values() if e.discloses("chips", "days", "watts", "pue", "grid")]
RATED = [e for e in FACTS.values() if e.discloses("gpu_hours", "watts", "pue", "grid", "tonnes")]
amounts = st.floats(1e-3, 1e12)


def megawatt_hours(entry: Entry) -> float:
    """Published, here or with the model."""
    if entry.name == "Training GPT-3":
        return MODELS["GPT-3"]["megawatt_hours"]
    return entry["mwh"]


@pytest.mark.parametrize("entry", METERED, ids=lambda entry: entry.name)
def test_patterson_2021_table_4(entry: Entry) -> None:
    """Within 1%: the days and the watts are printed with two or three digits."""
    hours = entry["chips"] * entry["days"] * 24
    kilowatt_hours = energy(hours, entry["watts"], entry["pue"])
    assert kilowatt_hours == pytest.approx(1000 * megawatt_hours(entry), rel=0.01)
    tonnes = emissions(1000 * megawatt_hours(entry), entry["grid"]) / 1000
    assert tonnes == pytest.approx(entry["tonnes"], rel=0.015)  # 3.2 has two digits
    assert len(METERED) == 5


def test_gpt_3_from_its_size_and_text() -> None:
    """Within 0.5%: 6ND leaves out attention, and 24.6 teraflops have three digits."""
    model, run = MODELS["GPT-3"], FACTS["Training GPT-3"]
    operations = training_operations(model["parameters"], model["tokens"])
    assert operations == pytest.approx(model["flops"], rel=0.005)
    hours = accelerator_hours(operations, run["peak"], run["reached"] / run["peak"])
    assert hours == pytest.approx(run["chips"] * run["days"] * 24, rel=0.005)
    kilowatt_hours = energy(hours, run["watts"], run["pue"])
    assert kilowatt_hours == pytest.approx(1000 * model["megawatt_hours"], rel=0.005)
    assert emissions(kilowatt_hours, run["grid"]) == pytest.approx(1000 * run["tonnes"], rel=0.005)


@pytest.mark.parametrize(
    "entry", [e for e in RATED if e.name != "Training BLOOM"], ids=lambda entry: entry.name
)
def test_touvron_2023_table_15(entry: Entry) -> None:
    """Within 0.5%: megawatt hours and tonnes are printed as whole numbers."""
    kilowatt_hours = energy(entry["gpu_hours"], entry["watts"], entry["pue"])
    assert kilowatt_hours == pytest.approx(1000 * entry["mwh"], rel=0.005)
    found = emissions(kilowatt_hours, entry["grid"]) / 1000
    assert found == pytest.approx(entry["tonnes"], rel=0.005)
    assert len(RATED) == 3


def test_bloom_whose_hours_were_multiplied_without_overhead() -> None:
    run = FACTS["Training BLOOM"]
    kilowatt_hours = energy(run["gpu_hours"], run["watts"])
    assert kilowatt_hours == 433_196  # exactly, and so it was never metered
    assert kilowatt_hours == pytest.approx(1000 * run["mwh"], abs=0.5)
    assert emissions(kilowatt_hours, run["grid"]) == pytest.approx(1000 * run["tonnes"], abs=5)
    assert run["tonnes"] + run["idle_tonnes"] + run["embodied_tonnes"] == pytest.approx(
        run["all_tonnes"], abs=0.05
    )


def test_the_making_of_blooms_machines() -> None:
    run, made = FACTS["Training BLOOM"], FACTS["Making BLOOM's machines"]
    share = partial(embodied, years=made["years"], busy=made["busy"])
    chips = share(made["gpu_kg"], run["gpu_hours"])
    servers = share(made["server_kg"], run["gpu_hours"] / made["gpus_per_server"])
    assert chips == pytest.approx(1000 * made["gpu_tonnes"], abs=5)
    assert servers == pytest.approx(1000 * made["server_tonnes"], abs=10)
    assert chips + servers == pytest.approx(1000 * run["embodied_tonnes"], abs=50)


def test_llama_2_has_the_factors_of_llama() -> None:
    """Its card has none; those of the paper before give all its digits."""
    run, before = FACTS["Training Llama 2"], FACTS["Training LLaMA"]
    kilowatt_hours = energy(run["gpu_hours"], run["watts"], before["pue"])
    assert emissions(kilowatt_hours, before["grid"]) == pytest.approx(1000 * run["tonnes"], abs=5)
    assert not run.discloses("pue") and not run.discloses("grid")


def test_strubell_2019_table_3() -> None:
    for name in ("Training Transformer (big)", "Evolved Transformer's search"):
        run = FACTS[name]
        kilowatt_hours = energy(run["hours"], run["watts"], run["pue"])
        pounds = emissions(kilowatt_hours, run["pounds_per_kwh"])
        assert pounds == pytest.approx(run["pounds"], abs=1)


def test_a_query_to_gpt_4o_as_epoch_estimates_it() -> None:
    """Within 2% of 0.3 Wh, with the H100's 989 teraflops in bfloat16."""
    query = FACTS["A GPT-4o query, estimated"]
    hours = accelerator_hours(2 * query["used"] * query["tokens"], 989e12, query["utilisation"])
    found = 1000 * energy(hours, query["watts"] * query["load"])
    assert found == pytest.approx(query["wh"], rel=0.02)


@pytest.mark.parametrize("name", ["BLOOMz-7B", "BLOOMz-560M"])
def test_parity_of_training_and_use(name: str) -> None:
    model = FACTS[name]
    found = uses_until_equal(model["training_kwh"] + model["tuning_kwh"], model["kwh"])
    assert found == pytest.approx(model["uses"], rel=1e-8)


@given(amounts, amounts, st.floats(1, 3), amounts)
def test_twice_as_much_takes_twice_as_much(a: float, b: float, pue: float, factor: float) -> None:
    assert energy(factor * a, b, pue) == pytest.approx(factor * energy(a, b, pue))
    assert energy(a, b, pue) >= energy(a, b)
    assert emissions(factor * a, b) == pytest.approx(factor * emissions(a, b))
    assert training_operations(factor * a, b) == pytest.approx(training_operations(a, factor * b))


@given(amounts, amounts, st.floats(0.01, 1))
def test_half_the_utilisation_takes_twice_the_hours(a: float, peak: float, share: float) -> None:
    once = accelerator_hours(a, peak, share)
    assert accelerator_hours(a, peak, share / 2) == pytest.approx(2 * once)
    assert accelerator_hours(3600 * peak, peak, 1) == pytest.approx(1)


def test_a_device_that_is_used_up_is_charged_in_full() -> None:
    assert embodied(150, 6 * 365 * 24, years=6) == pytest.approx(150)
    assert embodied(150, 3 * 365 * 24, years=6, busy=0.5) == pytest.approx(150)


CALLS: dict[str, tuple[Callable[..., float], dict[str, float]]] = {
    "training_operations": (training_operations, {"parameters": 1.0, "tokens": 1.0}),
    "accelerator_hours": (
        accelerator_hours,
        {"operations": 1.0, "peak": 1.0, "utilisation": 0.5},
    ),
    "energy": (energy, {"hours": 1.0, "watts": 1.0, "pue": 1.1}),
    "emissions": (emissions, {"kilowatt_hours": 1.0, "intensity": 1.0}),
    "embodied": (embodied, {"kilograms": 1.0, "hours": 1.0, "years": 1.0, "busy": 0.5}),
    "uses_until_equal": (uses_until_equal, {"training": 1.0, "use": 1.0}),
}
EACH = [(name, argument) for name, (_, good) in CALLS.items() for argument in good]


@pytest.mark.parametrize(("name", "argument"), EACH)
@pytest.mark.parametrize("bad", [-1.0, nan, inf, -inf, None, "7", True], ids=str)
def test_nonsense_is_refused_by_name(name: str, argument: str, bad: object) -> None:
    function, good = CALLS[name]
    with pytest.raises(ValueError, match=rf"^{argument}="):
        function(**{**good, argument: bad})


@pytest.mark.parametrize(
    ("name", "argument", "bad", "message"),
    [
        ("accelerator_hours", "utilisation", 0, "utilisation=0 must be above 0"),
        ("accelerator_hours", "utilisation", 1.2, "utilisation=1.2 must be a number from 0 to 1"),
        ("accelerator_hours", "peak", 0.0, "peak=0 must be above 0"),
        ("energy", "pue", 0.9, "pue=0.9 must be a number from 1 to inf"),
        ("embodied", "busy", 0, "busy=0 must be above 0"),
        ("embodied", "busy", 1.5, "busy=1.5 must be a number from 0 to 1"),
        ("embodied", "years", 0, "years=0 must be above 0"),
        ("uses_until_equal", "use", 0, "use=0 must be above 0"),
    ],
)
def test_limits(name: str, argument: str, bad: float, message: str) -> None:
    function, good = CALLS[name]
    with pytest.raises(ValueError, match=f"^{message}$"):
        function(**{**good, argument: bad})


def test_nothing_costs_nothing_and_numbers_of_numpy_count() -> None:
    assert energy(0, 700) == emissions(0, 0.4) == training_operations(0, 1e12) == 0
    numbers: tuple[Any, Any] = np.int64(2), np.float32(500)
    assert energy(*numbers) == 1.0
