"""Pages are never lost, never used by strangers, and hold what a cache without pages holds."""

from dataclasses import replace
from functools import cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from snippets.inference.fast_decoder import Decoder
from snippets.inference.serving.paged_cache import PagedCache, PagePool
from tests.snippets.inference.test_generation import cached_configs
from tests.snippets.transformer.test_minigpt import TINY, random_ids, tiny

model_of = cache(lambda config: tiny(replace(config, context=16)).double())
SIZE = 3
# Texts of two different tokens, so that many of them begin alike.
texts = st.lists(st.integers(0, 1), min_size=1, max_size=12)
acts = st.lists(st.tuples(st.sampled_from(["open", "grow", "close"]), texts, st.integers(0, 9)))


def check(pool: PagePool, held: list[list[int]]) -> None:
    """Each page is free or in use, with as many users as texts hold it; what is found is unique."""
    for page in range(len(pool.users)):
        users = sum(pages.count(page) for pages in held)
        assert pool.users[page] == users
        assert (page in pool.free) == (users == 0)
    assert {text: page for page, text in pool.text_of.items()} == pool.page_of
    assert all(len(text) % SIZE == 0 for text in pool.page_of)


@settings(max_examples=200)
@given(acts, st.integers(1, 8), st.booleans())
def test_no_page_is_lost_whatever_comes_and_goes(acts, count, share):
    pool = PagePool(count, SIZE)
    held: list[tuple[list[int], list[int]]] = []  # pages, ids
    contents: dict[int, tuple[int, ...]] = {}  # what somebody last wrote into each page
    for act, ids, which in acts:
        if act == "open":
            free, opened = len(pool.free), pool.open(ids, share)
            needed = -(-len(ids) // SIZE)
            if opened is None:
                assert free < needed
                continue
            pages, known = opened
            assert len(pages) == needed and len(set(pages)) == needed
            assert known % SIZE == 0 and known < len(ids) and (share or known == 0)
            for number in range(known // SIZE):  # what is shared holds just this beginning
                assert contents[pages[number]] == tuple(ids[: (number + 1) * SIZE])
            for number, page in enumerate(pages[known // SIZE :], known // SIZE):
                contents[page] = tuple(ids[: (number + 1) * SIZE])
            if share:
                pool.remember(ids, pages)
            held.append((pages, ids))
        elif held and act == "grow" and pool.free:
            pages = held[which % len(held)][0]
            pages.append(pool.take())
            contents[pages[-1]] = ()
        elif held and act == "close":
            pool.give_back(held.pop(which % len(held))[0])
        check(pool, [pages for pages, _ in held])
    for pages, _ in held:
        pool.give_back(pages)
    check(pool, [])
    assert len(pool.free) == count


def test_the_beginning_of_a_text_is_found_and_its_end_is_taken_first():
    pool = PagePool(4, SIZE)
    ids = list(range(8))
    pages, known = pool.open(ids) or ([], 0)
    assert (pages, known) == ([0, 1, 2], 0)
    pool.remember(ids, pages)
    assert pool.found([*ids[:7], 9, 9, 9]) == [0, 1]
    assert pool.found(ids[:6]) == [0]  # at least one token is left to read
    assert pool.found([9, *ids[1:]]) == []  # the second page alone says nothing
    pool.give_back(pages)
    assert pool.open(ids) == ([0, 1, 3], 6)  # the longest free comes first: page 3, then 2
    assert pool.take() == 2
    with pytest.raises(ValueError, match="all 4 pages are in use"):
        pool.take()


def test_what_is_shared_is_not_free_for_anything_else():
    """Two pages are free, both hold the beginning: there is none for the rest."""
    pool = PagePool(2, SIZE)
    pages, _ = pool.open([1, 2, 3, 4, 5, 6]) or ([], 0)
    pool.remember([1, 2, 3, 4, 5, 6], pages)
    pool.give_back(pages)
    assert pool.open([1, 2, 3, 4, 5, 6, 7]) is None
    assert len(pool.free) == 2 and pool.users == [0, 0]


def test_a_page_that_is_taken_is_forgotten():
    pool = PagePool(1, SIZE)
    pages, _ = pool.open([1, 2, 3]) or ([], 0)
    pool.remember([1, 2, 3], pages)
    pool.give_back(pages)
    assert pool.open([5]) == ([0], 0)
    assert pool.found([1, 2, 3, 4]) == [] and not pool.text_of


def test_without_the_first_page_the_others_are_not_found():
    pool = PagePool(2, SIZE)
    ids = [1, 2, 3, 4, 5, 6]
    (first, second), _ = pool.open(ids) or ([], 0)
    pool.remember(ids, [first, second])
    for page in (first, second):
        pool.give_back([page])
    assert pool.take() == first and second in pool.text_of
    assert pool.found([*ids, 7]) == []


@pytest.mark.parametrize(("count", "size"), [(0, 3), (3, 0)])
def test_sizes_are_positive(count, size):
    with pytest.raises(ValueError, match="must be at least 1"):
        PagePool(count, size)


@settings(max_examples=30)
@given(
    config=cached_configs,
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    more=st.lists(st.integers(1, 5), min_size=4, max_size=4),
    size=st.integers(1, 6),
    step=st.sampled_from(["model", "decoder"]),
)
def test_a_pass_over_pages_gives_what_each_text_gives_alone(config, lengths, more, size, step):
    """Read in two passes, prompts and single tokens mixed, in pages that lie in any order."""
    model = model_of(config)
    paged = PagedCache(model, 40, size)
    read = model if step == "model" else Decoder(model)
    rows = random_ids(model.config, len(lengths), 14)
    for page in random_ids(model.config, 1, 7)[0].unique().tolist():  # some are in use
        del paged.pool.free[page]
    more = more[: len(lengths)]
    sizes = [n + m for n, m in zip(lengths, more, strict=True)]
    tables = [(paged.pool.open([1] * length) or ([], 0))[0] for length in sizes]
    begun = [0] * len(lengths)
    with torch.no_grad():
        for counts in (lengths, more):
            ids = [row[b : b + n] for row, b, n in zip(rows, begun, counts, strict=True)]
            memory, mask, position_ids = paged.reading(tables, begun, counts)
            together = read(torch.cat(ids)[:, None], memory, mask, position_ids)[:, 0]  # (N, V)
            begun = [b + n for b, n in zip(begun, counts, strict=True)]
            alone = [
                model(row[None, :end])[0, end - n :]
                for row, end, n in zip(rows, begun, counts, strict=True)
            ]
            torch.testing.assert_close(together, torch.cat(alone))


def test_a_norm_that_needs_the_token_before_cannot_be_cached():
    with pytest.raises(ValueError, match="use no cache"):
        PagedCache(tiny(replace(TINY["ours"], norm="shifted_rmsnorm")), 4, 4)


def test_pages_that_just_suffice_are_given_and_sharing_is_the_default():
    pool = PagePool(2, SIZE)
    assert pool.open([1] * 6) == ([0, 1], 0)
    pool.remember([1] * 6, [0, 1])
    pool.give_back([0, 1])
    assert pool.open([1] * 6, share=False) == ([1, 0], 0)
    pool.give_back([0, 1])
    pool.remember([1] * 6, [0, 1])
    assert pool.open([1] * 4) == ([0, 1], 3)
