"""Citations: labels, links, lists; and the course's own bibliography is sound."""

import re
from pathlib import Path

import pytest

from pagekit.render.words.bibliography import SOURCE, CitationError, read_bibliography
from pagekit.render.words.citations import (
    full_list,
    in_brackets,
    keys_in,
    link_citations,
    reference_list,
)

ROOT = Path(__file__).resolve().parents[4]
WORKS = """
one2001:
  authors: [Ann One]
  title: 'A "first" work'
  year: 2001
two2002a:
  authors: [Ann One, Bo Two]
  title: Why?
  year: 2002
  venue: Proceedings
  doi: 10.1000/1
many2003:
  authors: [Cy Many, Ann One, others]
  title: On many
  year: 2003
  arxiv: "2001.00010"
body2004:
  authors: ["{Open Body}", Ann One]
  title: Form
  year: 2004
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / SOURCE).parent.mkdir(parents=True)
    (tmp_path / SOURCE).write_text(WORKS)
    return tmp_path


def test_a_citation_becomes_a_relative_link(root: Path) -> None:
    works = read_bibliography(root)
    linked = link_citations("As shown [@one2001].", works, "docs/transformer/attention.md")
    assert linked == (
        "As shown ([One, 2001](../reference/bibliography.md#ref-one2001)"
        '{ .pk-cite title="A “first” work" }).'
    )
    assert "](bibliography.md#ref-one2001)" in link_citations(
        "[@one2001]", works, "docs/reference/notation.md"
    )


def test_works_of_a_year_stand_in_the_order_of_their_letters(root: Path) -> None:
    path = root / SOURCE
    letters = {"b": "A title", "": "Before any letter", "a": "Zero"}
    for letter, title in letters.items():
        entry = f"{{authors: [Ann One], title: {title}, year: 2025}}"
        path.write_text(f"{path.read_text()}one2025{letter}: {entry}\n")
    works = read_bibliography(root)
    order = ["(2001)", "(2025)", "(2025a)", "(2025b)"]
    for listed in (reference_list(list(works), works), full_list(works, {})):
        places = [listed.index(f"Ann One {year}") for year in order]
        assert places == sorted(places)


def test_several_works_stand_in_one_pair_of_brackets(root: Path) -> None:
    linked = link_citations(
        "[@two2002a, page 3; @many2003]", read_bibliography(root), "docs/index.md"
    )
    assert re.sub(r"\]\([^)]*\)\{[^}]*\}", "]", linked) == (
        "([One and Two, 2002a], page\N{NO-BREAK SPACE}3; [Many et al., 2003])"
    )


def test_within_brackets_a_work_stands_without_its_own(root: Path) -> None:
    prose = "As shown (see @one2001, page 3; @many2003), by x@y.org."
    linked = link_citations(prose, read_bibliography(root), "docs/index.md")
    assert re.sub(r"\]\([^)]*\)\{[^}]*\}", "]", linked) == (
        "As shown (see [One, 2001], page 3; [Many et al., 2003]), by x@y.org."
    )
    assert keys_in(prose) == ["one2001", "many2003"]
    assert keys_in("@many2003 and [@one2001; @many2003]") == ["many2003", "one2001"]


@pytest.mark.parametrize(
    ("prose", "inside"),
    [
        ("(see HERE)", True),
        ("(a [link](b.md); HERE)", True),
        ("(closed) HERE", False),
        ("1) HERE (open)", False),
        ("[link](b.md) HERE)", False),
        ("(never closed HERE", False),
    ],
)
def test_what_stands_within_brackets(prose: str, inside: bool) -> None:
    assert in_brackets(prose, prose.index("HERE")) is inside


def test_a_body_in_braces_keeps_its_whole_name(root: Path) -> None:
    works = read_bibliography(root)
    assert works["body2004"].label == "Open Body and One, 2004"
    assert works["body2004"].entry == "Open Body and Ann One (2004). *Form*."
    listed = reference_list(["two2002a", "body2004"], works)  # One, Open
    assert listed.index("Why") < listed.index("Form")


def test_other_brackets_stay(root: Path) -> None:
    prose = "See [this](a.md), x[0], [^1] and mail@example.org."
    assert link_citations(prose, read_bibliography(root), "docs/index.md") == prose
    assert keys_in(prose) == []


def test_an_unknown_key_suggests_the_nearest(root: Path) -> None:
    with pytest.raises(CitationError, match=r"'one2010'; did you mean 'one2001'"):
        link_citations("[@one2010]", read_bibliography(root), "docs/index.md")


def test_lists_are_in_the_order_of_names(root: Path) -> None:
    works = read_bibliography(root)
    listed = reference_list(keys_in("[@one2001; @many2003] and [@one2001]"), works)
    assert listed == (
        "Cy Many, Ann One and others (2003). *On many*. "
        "[arXiv:2001.00010](https://arxiv.org/abs/2001.00010)\n{: .pk-ref }\n\n"
        'Ann One (2001). *A "first" work*.\n{: .pk-ref }'
    )
    whole = full_list(works, {"two2002a": [("Attention", "../transformer/attention.md")]})
    assert whole.index("ref-many2003") < whole.index("ref-one2001") < whole.index("ref-two2002a")
    assert (
        "Ann One and Bo Two (2002a). *Why?* Proceedings. [doi:10.1000/1](https://doi.org/10.1000/1)"
        "<br>Cited in [Attention](../transformer/attention.md).\n{: #ref-two2002a .pk-ref }"
    ) in whole


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("  year: 2003\n", "", 12, "many2003 needs year"),
        ("year: 2003", "year: '2003'", 12, "many2003 needs year"),
        ("authors: [Ann One]", "author: [Ann One]", 2, "one2001 needs authors"),
        ("doi:", "url: x\n  dio:", 6, "unknown field 'dio'; did you mean 'doi'"),
        ('"2001.00010"', "2001.00010", 12, "many2003: arxiv must be a number in quotes"),
        ("  title: Why?", "  title: [", 10, "not YAML"),
    ],
)
def test_a_faulty_entry_names_key_field_and_line(
    root: Path, old: str, new: str, line: int, says: str
) -> None:
    (root / SOURCE).write_text(WORKS.replace(old, new))
    with pytest.raises(CitationError, match=says) as caught:
        read_bibliography(root)
    assert caught.value.path == SOURCE
    assert caught.value.line == line


def test_the_course_lists_each_work_once_in_order() -> None:
    works = read_bibliography(ROOT)
    keys = re.findall(r"^(\w+):", (ROOT / SOURCE).read_text(), re.MULTILINE)
    assert len(keys) == len(set(keys)) == len(works)
    assert keys == sorted(keys)
    assert all(work.link.startswith("https://") for work in works.values())
    assert len({work.link for work in works.values()}) == len(works)
    assert len({work.label for work in works.values()}) == len(works)


@pytest.mark.parametrize(
    ("authors", "label"),
    [
        ("[Ann One]", "One, 2001"),
        ("[Ann One, Bo Two]", "One and Two, 2001"),
        ("[Ann One, Bo Two, Cy Three]", "One et al., 2001"),
        ("[Ann One, others]", "One et al., 2001"),
    ],
)
def test_from_three_authors_on_the_first_stands_for_all(
    root: Path, authors: str, label: str
) -> None:
    (root / SOURCE).write_text(f"one2001:\n  authors: {authors}\n  title: A\n  year: 2001\n")
    assert read_bibliography(root)["one2001"].label == label


def test_all_authors_are_listed(root: Path) -> None:
    text = "x2001:\n  authors: [Ann One, Bo Two, Cy Three]\n  title: A\n  year: 2001\n"
    (root / SOURCE).write_text(text)
    entry = read_bibliography(root)["x2001"].entry
    assert entry == "Ann One, Bo Two and Cy Three (2001). *A*."


ENTRY = "x2001:\n  authors: [Ann One]\n  title: A\n  year: 2001\n"


@pytest.mark.parametrize(
    ("more", "shown"),
    [
        ("", "Ann One (2001). *A*."),
        ("  venue: Proc.\n", "Ann One (2001). *A*. Proc."),
        ('  arxiv: "1706.03762"\n  doi: 10.1000/1\n',
         "Ann One (2001). *A*. [arXiv:1706.03762](https://arxiv.org/abs/1706.03762)"),
        ("  doi: 10.1000/a(1)\n",
         "Ann One (2001). *A*. [doi:10.1000/a(1)](https://doi.org/10.1000/a%281%29)"),
        ("  url: https://www.a.org/b/\n",
         "Ann One (2001). *A*. [a.org/b](https://www.a.org/b/)"),
    ],
)  # fmt: skip
def test_a_work_is_listed_with_its_best_link(root: Path, more: str, shown: str) -> None:
    (root / SOURCE).write_text(ENTRY + more)
    assert read_bibliography(root)["x2001"].entry == shown


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("x2001:", "'x 2001':", "must be a word"),
        ("[Ann One]", "[]", "needs authors, a list"),
        ("title: A", "title: '. '", "needs title"),
        ("[Ann One]", "[others]", "stands last"),
        ("[Ann One]", "['{Body']", "is no name"),
        ("[Ann One]", "[1]", "is no name"),
        ("year: 2001", "year: 0", "needs year"),
        ("year: 2001", "year: 2001\n  venue: 3", "venue must be a text"),
        ("year: 2001", "year: 2001\n  url: ftp://a", "url must be an address"),
    ],
)
def test_entries_that_are_refused(root: Path, old: str, new: str, says: str) -> None:
    (root / SOURCE).write_text("\n" + ENTRY.replace(old, new))
    with pytest.raises(CitationError, match=says) as caught:
        read_bibliography(root)
    assert caught.value.line == 2


def test_a_project_without_a_bibliography_has_no_works(tmp_path: Path) -> None:
    assert read_bibliography(tmp_path) == {}


def test_signs_in_a_title_are_shown_as_they_stand(root: Path) -> None:
    (root / SOURCE).write_text(ENTRY.replace("title: A", "title: a_b*c!"))
    assert read_bibliography(root)["x2001"].entry == "Ann One (2001). *a&#95;b&#42;c!*"


def test_works_of_one_author_are_in_the_order_of_years_and_titles(root: Path) -> None:
    texts = [("b2002", "B", 2002), ("a2002", "A", 2002), ("c2001", "C", 2001)]
    (root / SOURCE).write_text(
        "".join(
            f"{key}:\n  authors: [Ann One]\n  title: {title}\n  year: {year}\n"
            for key, title, year in texts
        )
    )
    listed = reference_list([key for key, _, _ in texts], read_bibliography(root))
    assert re.findall(r"\*(\w)\*", listed) == ["C", "A", "B"]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("[1]\n", 1, "works by their keys"),
        ("a: {}\n3: {}\n", 1, "a needs authors, a list"),
        (f"{ENTRY}3: {{}}\n", 5, "the key 3 must be a word"),
        (f"{ENTRY}a: 3\n", 5, "a must hold fields"),
        (f"{ENTRY}a: [\n", 6, "not YAML"),
        (ENTRY.replace("[Ann One]", "['{A}b']"), 1, "is no name"),
        (ENTRY.replace("[Ann One]", "[Ann One, ' ']"), 1, "' ' among the authors is no name"),
        (ENTRY.replace("year: 2001", "year: 2001\n  doi: 10.1/x"), 1, "doi must be like 10"),
        (ENTRY.replace("year: 2001", "year: 2001\n  arxiv: '١٢٣٤.12345'"), 1, "arxiv must be a"),
        (ENTRY.replace("year: 2001", "year: 2001\n  b: 1\n  a: 1"), 1, "unknown field 'a'"),
    ],
)
def test_the_first_fault_is_told_with_its_line(root: Path, text: str, line: int, says: str) -> None:
    (root / SOURCE).write_text(text)
    with pytest.raises(CitationError, match=says) as caught:
        read_bibliography(root)
    assert (caught.value.path, caught.value.line) == (SOURCE, line)


def test_an_empty_bibliography_has_no_works(root: Path) -> None:
    (root / SOURCE).write_text("# nothing yet\n")
    assert read_bibliography(root) == {}


@pytest.mark.parametrize(
    ("old", "new", "entry"),
    [
        ("title: A", "title: A.", "Ann One (2001). *A*."),
        ("title: A", "title: A?", "Ann One (2001). *A?*"),
        ("title: A", "title: A\n  venue: B.", "Ann One (2001). *A*. B."),
        ("[Ann One]", "['{A Body}', Bo Two, others]", "A Body, Bo Two and others (2001). *A*."),
        ("[Ann One]", "[Ann O_ne, others]", "Ann O&#95;ne and others (2001). *A*."),
        ("x2001", "x2001b", "Ann One (2001b). *A*."),
        ("x2001", "x2001bc", "Ann One (2001). *A*."),
    ],
)
def test_how_a_work_is_listed(root: Path, old: str, new: str, entry: str) -> None:
    (root / SOURCE).write_text(ENTRY.replace(old, new))
    [work] = read_bibliography(root).values()
    assert work.entry == entry


def test_several_pages_that_cite_a_work_are_listed_in_their_order(root: Path) -> None:
    pages = [("B", "b.md"), ("A", "a.md")]
    listed = full_list(read_bibliography(root), {"one2001": pages}).split("\n\n")
    assert [("<br>Cited in" in work) for work in listed] == ["ref-one2001" in w for w in listed]
    assert any("work*.<br>Cited in [B](b.md), [A](a.md).\n" in work for work in listed)
