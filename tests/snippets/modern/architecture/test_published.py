"""What is said about published models is what their sizes give, or the reason is named."""

import pytest

from snippets.modern.architecture.published import PUBLISHED, Published, published
from tests.snippets.modern.configs import build, numel

BUILT = [one for one in PUBLISHED if one.config["model_type"] != "jais"]  # it has no class there


@pytest.mark.parametrize("one", PUBLISHED, ids=lambda one: one.name)
def test_a_count_is_right_to_a_percent_or_has_a_reason(one: Published) -> None:
    assert (abs(one.off()) > 0.01) == bool(one.reason), f"{one.off():.2%}"


@pytest.mark.parametrize("one", BUILT, ids=lambda one: one.name)
def test_sizes_give_the_model_that_the_library_builds(one: Published) -> None:
    assert one.architecture().parameters() == numel(build(one.config))


def test_a_model_with_experts_has_active_parameters_and_no_other() -> None:
    for one in PUBLISHED:
        found = one.architecture()
        assert (one.active is not None) == (found.active_parameters() < found.parameters())


@pytest.mark.parametrize("one", [one for one in PUBLISHED if one.active], ids=lambda one: one.name)
def test_active_parameters_round_to_what_is_printed(one: Published) -> None:
    """With or without the table that is only looked up: makers count it differently."""
    found = one.architecture()
    with_table = found.active_parameters()
    without = with_table - found.vocab_size * found.d_model
    assert one.active is not None
    assert one.active.number / 1e9 in {round(count / 1e9) for count in (with_table, without)}


def test_sizes_that_stand_with_the_model_are_not_repeated() -> None:
    gpt3 = next(one for one in PUBLISHED if one.name == "GPT-3 175B")
    assert gpt3.config == {
        "model_type": "gpt2",
        "vocab_size": 50_257,
        "n_positions": 2048,
        "n_embd": 12_288,
        "n_layer": 96,
        "n_head": 96,
    }
    assert (gpt3.count.number, gpt3.count.source) == (175e9, "brown2020")


def test_names_are_found_or_refused() -> None:
    found = published("GPT-3 175B", "Jais 13B")
    assert [one.name for one in found] == ["GPT-3 175B", "Jais 13B"]
    with pytest.raises(ValueError, match="GPT-9 not known; known are BERT base"):
        published("Jais 13B", "GPT-9")
