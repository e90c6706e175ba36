"""Strict YAML is read as other YAML is, or refused."""

import pytest
import yaml

from pagekit.read.settings.strict_yaml import StrictLoader


@pytest.mark.parametrize(
    "text",
    [
        "a: {b: [1, {c: 2}]}\nb: 3",
        "a: &a {b: 1}\nc: {<<: *a, b: 2}",
        "- {<<: &b {<<: {k: 1}, k: 2}, k: 3}\n- *b",  # merged before it is read itself
        "[a]: 1\n[b]: 2",
        "",
    ],
)
def test_where_no_key_stands_twice_it_is_read_as_ever(text: str) -> None:
    def read(loader: type[yaml.SafeLoader]) -> object:
        try:
            return yaml.load(text, loader)
        except yaml.YAMLError as error:
            return str(error)

    assert read(StrictLoader) == read(yaml.SafeLoader)


def test_a_mapping_may_hold_itself() -> None:
    found = yaml.load("a: &a {b: *a}", StrictLoader)["a"]
    assert found["b"] is found


@pytest.mark.parametrize("text", ["a: 1\na: 2", "b:\n  - {c: 1, c: 2}", "b: {c: {d: 1, d: 1}}"])
def test_a_key_that_stands_twice_is_refused(text: str) -> None:
    with pytest.raises(yaml.YAMLError, match="stands twice"):
        yaml.load(text, StrictLoader)
