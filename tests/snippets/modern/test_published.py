"""What is said about published models has a source, and is what their sizes give."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from snippets.modern.published import CHECKED, PUBLISHED, Published, published
from tests.snippets.modern.configs import build, numel

ROOT = Path(__file__).parents[3]
WORKS = yaml.safe_load((ROOT / "docs/reference/bibliography.yml").read_text("utf-8"))


@pytest.mark.parametrize("one", PUBLISHED, ids=lambda one: one.name)
def test_every_count_has_a_source(one: Published) -> None:
    assert one.source.partition(",")[0] in WORKS
    assert date.fromisoformat(CHECKED) <= date.today()


@pytest.mark.parametrize("one", PUBLISHED, ids=lambda one: one.name)
def test_a_count_is_right_to_a_percent_or_has_a_reason(one: Published) -> None:
    assert (abs(one.off()) > 0.01) == bool(one.reason), f"{one.off():.2%}"


BUILT = [one for one in PUBLISHED if one.config["model_type"] != "jais"]  # it has no class there


@pytest.mark.parametrize("one", BUILT, ids=lambda one: one.name)
def test_sizes_give_the_model_that_the_library_builds(one: Published) -> None:
    assert one.architecture().parameters() == numel(build(one.config))


@pytest.mark.parametrize("one", [one for one in PUBLISHED if one.active], ids=lambda one: one.name)
def test_active_parameters_round_to_what_is_printed(one: Published) -> None:
    """With or without the table that is only looked up: makers count it differently."""
    found = one.architecture()
    with_table = found.active_parameters()
    without = with_table - found.vocab_size * found.d_model
    assert one.active is not None
    assert any(round(count / 1e9) == one.active / 1e9 for count in (with_table, without))


def test_names_are_found_or_refused() -> None:
    assert [one.name for one in published("GPT-3", "Jais 13B")] == ["GPT-3", "Jais 13B"]
    with pytest.raises(ValueError, match="GPT-9 not known; known are BERT base"):
        published("GPT-3", "GPT-9")
    assert len({one.name for one in PUBLISHED}) == len(PUBLISHED)
