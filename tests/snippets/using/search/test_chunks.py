"""Pages become sections, sections become pieces, and no word is lost or read twice."""

import pytest

from snippets.using.search.chunks import Chunk, anchor, cut, plain, sections

PAGE = """---
title: Cats
# a comment
---

# Cats

They sleep [a lot](nap.md) [@zeno1990].

## What they eat

Fish, and `{python} mice` mice: **many** [[mouse|mice]].

```python
# not a heading
print("code")
```

!!! predict "Predict first"
    How many?

    - [ ] None.

    - [x] All.

!!! warning "Pitfall: milk"
    It harms them.

$$
a = b
$$

### At night

More of [[fish]].

## Exercises

1. Feed one.

### A part of it

## Key points

- They eat.
"""


def test_a_page_has_its_top_and_its_sections():
    found = sections("pets/cats.md", PAGE)
    assert [(s.where, s.heading) for s in found] == [
        ("pets/cats.md", "Cats"),
        ("pets/cats.md#what-they-eat", "Cats: What they eat"),
        ("pets/cats.md#at-night", "Cats: At night"),
    ]
    assert found[0].text == "They sleep a lot."
    assert found[1].text == "Fish, and mice: many mice. Pitfall: milk It harms them."
    assert found[2].text == "More of fish."


def test_a_page_without_a_title_is_refused():
    with pytest.raises(ValueError, match=r"a\.md"):
        sections("a.md", "## Only a section\n\nwords\n")


def test_an_anchor_has_neither_signs_nor_capitals():
    assert anchor("Why divide by √D?") == "why-divide-by-d"
    assert anchor("King − man + woman") == "king--man--woman"


def test_a_wrong_choice_is_not_taught():
    said = plain(
        '!!! quiz "Is it?"\n    - [ ] Yes, it is flat.\n        - No.\n\nThe earth is round.\n'
    )
    assert said == "The earth is round."


@pytest.mark.parametrize("longest", [1, 3, 7, 10, 11, 100, None])
def test_pieces_are_short_enough_and_make_the_whole(longest):
    whole = Chunk("a.md", "A", " ".join(f"w{k}" for k in range(10)))
    pieces = cut(whole, longest)
    assert " ".join(piece.text for piece in pieces) == whole.text
    lengths = [len(piece.text.split()) for piece in pieces]
    assert max(lengths) <= (longest or 10) and max(lengths) - min(lengths) <= 1
    assert len(pieces) == (1 if longest is None else -(-10 // longest))
    assert {(piece.where, piece.heading) for piece in pieces} == {("a.md", "A")}


def test_a_section_without_text_is_one_piece_without_text():
    empty = Chunk("a.md", "A", "")
    assert cut(empty) == cut(empty, 3) == [empty]


def test_a_piece_has_at_least_a_word():
    with pytest.raises(ValueError, match="longest=0"):
        cut(Chunk("a.md", "A", "b"), 0)


@pytest.mark.parametrize(
    ("markdown", "said"),
    [
        ("a <!-- b\nc --> d", "a d"),
        ("![x](y.svg) and [z](w.md) [@zeno1990]!", "x and z!"),
        ('??? note "Title"\n', "Title"),
        ("| a | **b** |", "a b"),
        ("## Head\n[[one|two]] [[three]]", "Head two three"),
        ("a\n  $$\n  x\n  $$\nb", "a b"),
        ("a\n\n    ```text\n    x\n    ```\nb", "a b"),
        ('!!! predict "P"\n    - [x] Yes.\n', ""),
    ],
)
def test_markup_is_not_read(markdown, said):
    assert plain(markdown) == said
