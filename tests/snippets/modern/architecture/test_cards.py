"""A card says what the files of facts say, with a source for each line; nothing is guessed."""

import re

import pytest
import transformers

from pagekit.render.words.bibliography import read_bibliography
from snippets.foundations.facts import read_facts
from snippets.modern.architecture.cards import (
    UNCHECKED,
    Card,
    disclosure,
    kept_share,
    load_cards,
    read_card,
    show,
)
from snippets.modern.architecture.litgpt_shapes import litgpt_shapes, to_huggingface
from snippets.modern.architecture.model_costs import Architecture
from tests.snippets.modern.configs import DEEPSEEK, LLAMA
from tests.test_repository import ROOT

CARDS = load_cards()
WORKS = read_bibliography(ROOT)
SHAPES = {shape.name: shape for shape in litgpt_shapes()}


@pytest.mark.parametrize("name", CARDS)
def test_each_line_of_a_card_ends_with_a_work_of_the_bibliography(name):
    text = re.sub(r"\n {13}", " ", str(CARDS[name]))
    lines = [line for line in text.splitlines()[1:] if not line.startswith("  computed")]
    assert len(lines) >= 5
    for line in lines:
        if not line.endswith(UNCHECKED):
            key = re.search(r"\[([a-z0-9]+)(, [^\]]+)?\]$", line)
            assert key and key[1] in WORKS, line


@pytest.mark.parametrize("name", CARDS)
def test_no_card_lacks_its_shape_in_silence(name):
    card = CARDS[name]
    assert (card.architecture is None) == ("sizes" in card.facts)
    shape = re.sub(r"\n {13}", " ", str(card)).split("\n  shape ")[1].split("\n")[0]
    if card.architecture is None and card.discloses("sizes"):
        assert card.facts["sizes"].value.keys() == {"layers", "width", "heads", "kv"}
    assert re.match(r" +(undisclosed|\d+ layers of [\d,]+, \d+ heads on ) ?", shape), shape


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("GPT-1", "OpenAIGPTConfig"),
        ("gpt-oss-120b", "GptOssConfig"),
        ("Mistral Large 4", "MistralLarge4TextConfig"),
    ],
)
def test_sizes_are_the_defaults_of_a_class_that_was_made_for_the_model(name, config):
    theirs = getattr(transformers, config)()
    sizes = CARDS[name].facts["sizes"].value
    assert (sizes["layers"], sizes["width"]) == (theirs.num_hidden_layers, theirs.hidden_size)
    assert sizes["heads"] == theirs.num_attention_heads
    kv = theirs.to_dict().get("kv_lora_rank") or getattr(theirs, "num_key_value_heads", 12)
    assert str(kv) in str(sizes["kv"])


@pytest.mark.parametrize("name", CARDS)
def test_terms_are_said_of_published_weights_and_of_no_others(name):
    card = CARDS[name]
    assert card.discloses("licence") == ("terms" in card.facts)
    if "terms" in card.facts:
        assert card.facts["terms"].value in {"open", "with conditions"}


OF_LITGPT = {
    name: card.facts["config"]
    for name, card in CARDS.items()
    if card.architecture and card.facts["config"].source == "lightning2023"
}


@pytest.mark.parametrize("name", OF_LITGPT)
def test_sizes_that_are_said_to_be_litgpts_are(name):
    fact = OF_LITGPT[name]
    theirs = to_huggingface(SHAPES[fact.at.removeprefix("config.py, ")])
    ours = CARDS[name].architecture
    tied = {"tie_word_embeddings": fact.value.get("tie_word_embeddings")}
    if theirs["model_type"] == "gemma3_text":
        tied = {}  # tied in all
    wanted = Architecture.from_huggingface(theirs | tied)
    assert ours.parameters() == wanted.parameters()
    assert ours.kv_cache_bytes(1) == wanted.kv_cache_bytes(1)
    assert ours.context == wanted.context
    if theirs["model_type"] != "gemma3_text":  # the table has one window too many there
        assert ours.flops_per_token(4096) == wanted.flops_per_token(4096)


def test_counts_agree_with_what_makers_print():
    for card in CARDS.values():
        if card.architecture and card.facts["parameters"].value:
            off = card.architecture.parameters() / card.facts["parameters"].value - 1
            assert abs(off) < 0.06, card.name


GOOD = """
A card: {kind: transformer, source: a2020, checked: 2026-11-26, maker: {value: M},
         new: {value: x}, licence: {value: MIT}}
"""
MODEL = "A: {kind: transformer, source: a2020, checked: 2026-11-26, tokens: {value: 3}}"


def test_what_is_missing_twice_or_unknown_is_refused():
    models = read_facts(MODEL)
    card = read_card(read_facts(GOOD)["A card"], models, {})
    assert (card.name, card.maker) == ("A", "M") and card.facts["tokens"].value == 3
    with pytest.raises(ValueError, match="A card has no licence"):
        read_card(read_facts(GOOD.replace("licence", "license"))["A card"], models, {})
    twice = GOOD.replace("new:", "tokens: {value: 4}, new:")
    with pytest.raises(ValueError, match="A has tokens in two files"):
        read_card(read_facts(twice)["A card"], models, {})
    shaped = GOOD.replace("new:", "shape: {value: B}, new:")
    with pytest.raises(ValueError, match="no configuration 'B'"):
        read_card(read_facts(shaped)["A card"], models, {})
    with pytest.raises(ValueError, match="has no source"):
        read_facts(GOOD.replace("source: a2020, ", ""))


def test_undisclosed_and_not_looked_up_are_different_things():
    entry = read_facts(GOOD.replace("new:", "data: {undisclosed: true}, new:"))["A card"]
    card = read_card(entry, {}, {})
    assert card.said("data") == "undisclosed [a2020]"
    assert CARDS["GPT-4"].said("licence") == "not published [openai2023]"
    assert card.said("tokens") == UNCHECKED
    assert not card.discloses("data") and card.discloses("licence")
    with pytest.raises(ValueError, match="'tokens' was not looked up"):
        card.discloses("tokens")
    with pytest.raises(ValueError, match="not looked up"):
        disclosure([card])


def test_a_row_of_the_table_is_what_the_card_says():
    rows = dict(zip(CARDS, disclosure([CARDS["GPT-4"], CARDS["SmolLM2"]]), strict=False))
    assert list(rows.values()) == [[False] * 5, [True] * 5]


def test_the_share_that_is_kept():
    """By hand: 2 · H_kv · D of 2 · C, and 512 + 64 of them with latent attention."""
    shares = {name: kept_share(CARDS[name].architecture) for name in ("GPT-3", "Phi-4")}
    assert shares == {"GPT-3": 1.0, "Phi-4": 10 / 40}
    assert kept_share(CARDS["DeepSeek-V3"].architecture) == (512 + 64) / (2 * 7168)


def test_unknown_names_are_refused():
    assert show("GPT-4").startswith("GPT-4, OpenAI\n")
    with pytest.raises(ValueError, match="no card for GPT-9; there are GPT-1, GPT-2"):
        show("GPT-4", "GPT-9")
    with pytest.raises(ValueError, match="cards"):
        show()


@pytest.mark.parametrize("name", CARDS)
def test_a_model_that_models_yml_lacks_has_its_size_and_date_on_the_card(name):
    assert {"parameters", "introduced"} <= CARDS[name].facts.keys()


def told(card: Card) -> dict[str, str]:
    """The lines of a card by what they are about, in one line each."""
    lines = re.sub(r"\n {13}", " ", str(card)).splitlines()[1:]
    return {line[2:13].strip(): line[13:] for line in lines}


def made(facts: str) -> Card:
    """A card with these facts, too."""
    return read_card(read_facts(GOOD.replace("new:", f"{facts}, new:"))["A card"], {}, {})


@pytest.mark.parametrize(
    ("value", "words"),
    [(8_030_000_000, "8.03 B"), (999_000_000_000, "999 B"), (10**12, "1 trillion"),
     (15_600_000_000_000, "15.6 trillion"), ("much", "much"),
     ("{layers: 61, width: 7168, heads: 128, kv: latents of 512}",
      "61 layers of 7,168, 128 heads on latents of 512")],
)  # fmt: skip
def test_numbers_and_shapes_as_people_say_them(value: object, words: str) -> None:
    card = made(f"tokens: {{value: {value}, at: section 2}}")
    assert card.said("tokens") == f"{words} [a2020, section 2]" == told(card)["tokens"]


def test_what_is_active_stands_beside_the_size_and_only_where_it_is_known() -> None:
    one = made("parameters: {value: 47000000000}, active: {value: 13000000000}")
    assert told(one)["parameters"] == "47 B [a2020]; per token 13 B [a2020]"
    assert told(made("parameters: {value: 47000000000}"))["parameters"] == "47 B [a2020]"
    assert list(told(one)) == ["new", "parameters", "shape", "tokens", "data", "corpus", "licence"]


@pytest.mark.parametrize(("config", "kv"), [(LLAMA, 2), (DEEPSEEK, "latents of 14")])
def test_the_shape_and_what_is_computed_are_those_of_the_configuration(config, kv) -> None:
    plain = {key: value for key, value in config.items() if value is not None}
    card = made(f"config: {{value: {plain}, at: here}}".replace("False", "false"))
    one = Architecture.from_huggingface(config)
    assert told(card)["shape"] == f"3 layers of 48, 4 heads on {kv} [a2020, here]"
    count, cache = told(card)["computed"].split(" parameters; ")
    assert float(count.removesuffix(" M")) == pytest.approx(one.parameters() / 1e6, rel=0.005)
    kib = cache.removesuffix(" KiB of KV cache per token")
    assert float(kib) == pytest.approx(one.kv_cache_bytes(1) / 1024, rel=0.005)
    assert card.architecture is not None and card.architecture.name == card.name == "A"


@pytest.mark.parametrize("name", CARDS)
def test_a_card_fits_its_sheet_and_starts_with_its_maker(name: str) -> None:
    title, *lines = str(CARDS[name]).splitlines()
    assert title == f"{CARDS[name].name}, {CARDS[name].maker}" and CARDS[name].name.startswith(name)
    assert max(map(len, lines)) <= 96
    for line in lines:
        assert line.startswith((" " * 13, "  ")) and line.strip()


def test_a_variant_is_that_of_the_card_or_of_the_model() -> None:
    entry = read_facts(GOOD)["A card"]
    models = read_facts(MODEL.replace("kind:", "variant: 7B, kind:"))
    assert read_card(entry, models, {}).name == "A 7B"
    own = read_facts(GOOD.replace("kind:", "variant: 8B, kind:"))["A card"]
    assert read_card(own, models, {}).name == "A 8B"


def test_cards_stand_one_below_the_other_in_the_order_that_is_asked_for() -> None:
    assert show("GPT-4", "GPT-3") == f"{CARDS['GPT-4']}\n{CARDS['GPT-3']}"


def test_a_row_has_size_tokens_data_weights_and_text_in_this_order() -> None:
    names = ("parameters", "tokens", "data", "licence", "corpus")
    for at, name in enumerate(names):
        facts = [f"{n}: {{{'value: 1' if n == name else 'undisclosed: true'}}}" for n in names]
        text = GOOD.replace("licence: {value: MIT}", ", ".join(facts))
        [row] = disclosure([read_card(read_facts(text)["A card"], {}, {})])
        assert row == [n == at for n in range(5)]
