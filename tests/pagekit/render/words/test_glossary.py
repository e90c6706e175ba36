"""Glossary: terms in the prose link to their definition; the course's glossary is sound."""

from pathlib import Path

import pytest

from pagekit.render.words.glossary import (
    SOURCE,
    GlossaryError,
    Term,
    anchored,
    letters,
    link_terms,
    read_glossary,
    terms_in,
    used_in,
)

ROOT = Path(__file__).resolve().parents[4]
PAGE = """# Glossary

GQA
grouped-query attention
:   Heads share *keys*, "cheaply",
    and values.

key
:   What is found.
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / SOURCE).parent.mkdir(parents=True)
    (tmp_path / SOURCE).write_text(PAGE)
    return tmp_path


def test_a_term_becomes_a_link_with_its_definition(root: Path) -> None:
    terms = read_glossary(root)
    linked = link_terms("The [[Key]]s of [[gqa|these heads]].", terms, "docs/a/b.md")
    assert linked == (
        'The [Key](../reference/glossary.md#term-key){ .pk-term title="What is found." }s of '
        "[these heads](../reference/glossary.md#term-gqa)"
        '{ .pk-term title="Heads share keys, “cheaply”, and values." }.'
    )
    assert terms_in("[[Key]] [[gqa|x]]") == ["key", "gqa"]


def test_other_brackets_stay(root: Path) -> None:
    prose = "x[[0, 1]][0] is [a [link]](b.md)"
    assert link_terms("a[i] [b](c.md) [x]", read_glossary(root), "docs/a.md") == (
        "a[i] [b](c.md) [x]"
    )
    with pytest.raises(GlossaryError):
        link_terms(prose, read_glossary(root), "docs/a.md")  # code belongs between backticks


def test_two_names_may_share_a_definition(root: Path) -> None:
    terms = read_glossary(root)
    assert terms["grouped-query attention"].definition == terms["gqa"].definition


def test_the_glossary_page_gets_the_ids_that_links_aim_at(root: Path) -> None:
    terms = read_glossary(root)
    lines = PAGE.splitlines()
    shown = [anchored(line, number, terms) for number, line in enumerate(lines, 1)]
    changed = {old: new for old, new in zip(lines, shown, strict=True) if old != new}
    assert changed == {
        "GQA": 'GQA {: #term-gqa data-letter="G" }',
        "grouped-query attention": "grouped-query attention {: #term-grouped-query-attention }",
        "key": 'key {: #term-key data-letter="K" }',
    }
    assert letters(terms) == "[G](#term-gqa) [K](#term-key)\n{: .pk-letters }"


def test_an_unknown_term_suggests_the_nearest(root: Path) -> None:
    with pytest.raises(GlossaryError, match=r"'keys'; did you mean 'key'"):
        link_terms("[[keys]]", read_glossary(root), "docs/index.md")


@pytest.mark.parametrize(
    ("added", "line", "says"),
    [("\nKey\n:   Again.\n", 11, "'Key' is defined twice"), ("\nnew\n:\n", 12, "no definition")],
)
def test_a_fault_names_its_line(root: Path, added: str, line: int, says: str) -> None:
    (root / SOURCE).write_text(PAGE + added)
    with pytest.raises(GlossaryError, match=says) as caught:
        read_glossary(root)
    assert (caught.value.path, caught.value.line) == (SOURCE, line)


def test_the_courses_terms_are_explained_in_order() -> None:
    terms = read_glossary(ROOT)
    assert len({term.anchor for term in terms.values()}) == len(terms)
    heads = [min(names, key=lambda n: terms[n].line) for names in _by_definition(terms).values()]
    assert heads == sorted(heads, key=lambda name: name.replace("-", " "))
    for term in terms.values():
        assert term.definition.endswith("."), term.name
        assert len(term.definition) < 260, term.name


def _by_definition(terms: dict[str, Term]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, term in terms.items():
        grouped.setdefault(term.definition, []).append(name)
    return grouped


def test_only_the_line_of_a_term_gets_an_id(root: Path) -> None:
    terms = read_glossary(root)
    assert anchored("key", 8, terms) == 'key {: #term-key data-letter="K" }'
    assert anchored("key", 9, terms) == "key"  # the same word in a definition, say


def test_terms_that_differ_in_signs_have_ids_of_their_own(root: Path) -> None:
    (root / SOURCE).write_text("# Glossary\n\nC\n:   One.\n\nC++\n:   Two.\n\nC#\n:   Three.\n")
    anchors = [term.anchor for term in read_glossary(root).values()]
    assert anchors == ["term-c", "term-c-2", "term-c-3"]


def test_a_definition_goes_on_as_long_as_lines_are_indented(root: Path) -> None:
    (root / SOURCE).write_text(
        "# Glossary\n\na\n:   One\n    two\n    three.\nb\n\nc\n:\tFour.\n\nText: no term.\n"
    )
    terms = read_glossary(root)
    assert {name: (term.definition, term.line) for name, term in terms.items()} == {
        "a": ("One two three.", 3),
        "c": ("Four.", 9),
    }


def test_a_term_of_the_first_line_counts(root: Path) -> None:
    (root / SOURCE).write_text("a\n:   One.\n")
    assert read_glossary(root)["a"].line == 1
    assert read_glossary(root / "elsewhere") == {}


def test_of_two_terms_the_first_opens_its_letter(root: Path) -> None:
    (root / SOURCE).write_text("# G\n\nAb\n:   One.\n\nac\n:   Two.\n\nb\n:   Three.\n")
    terms = read_glossary(root)
    assert letters(terms) == "[A](#term-ab) [B](#term-b)\n{: .pk-letters }"
    assert anchored("ac ", 6, terms) == "ac {: #term-ac }"


@pytest.mark.parametrize(
    ("definition", "plain"),
    [
        ("See [@a, page 3] so.", "See so."),
        ("A [[b|c]] and [[d]].", "A c and d."),
        ("An ![image](a.png), a [link][b], [c](d){ .e }.", "An image, a link, c."),
        ("*a* `b` $c$ x_1", "a b c x_1"),
    ],
)
def test_a_definition_without_markdown(definition: str, plain: str) -> None:
    assert Term("a", definition, 1, "a").plain == plain


def test_the_pages_that_use_a_term_are_listed_in_their_order() -> None:
    assert used_in([]) == ""
    assert used_in([("B", "b.md"), ("A", "a.md")]) == (
        ' <span class="pk-used">Used in [B](b.md), [A](a.md).</span>'
    )
