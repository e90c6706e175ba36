"""Attention in blocks: equal to the plain one, whatever the sizes; and it never makes the table."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import scaled_dot_product_attention
from torch.utils.flop_counter import FlopCounterMode

from snippets.modern.efficient_attention.blockwise_attention import blockwise_attention
from snippets.modern.efficient_attention.peak_memory import peak_bytes
from snippets.transformer.attention import attention
from snippets.transformer.masks import causal_mask


@given(
    queries=st.integers(1, 20),
    past=st.integers(0, 9),
    block=st.integers(1, 24),
    causal=st.booleans(),
)
def test_equal_to_plain_attention(queries: int, past: int, block: int, causal: bool) -> None:
    generator = torch.Generator().manual_seed(queries)
    query = torch.randn(2, 3, queries, 4, generator=generator)
    key = torch.randn(2, 3, queries + past, 4, generator=generator)
    value = torch.randn(2, 3, queries + past, 5, generator=generator)
    mask = causal_mask(queries, past) if causal else None
    wanted, _ = attention(query, key, value, mask)
    found = blockwise_attention(query, key, value, block, causal)
    assert torch.allclose(found, wanted, atol=1e-5)
    theirs = scaled_dot_product_attention(query, key, value, attn_mask=mask)
    assert torch.allclose(found, theirs, atol=1e-5)


def test_fewer_keys_than_queries_are_fine_where_all_may_look() -> None:
    query, key = torch.randn(9, 4), torch.randn(3, 4)
    wanted, _ = attention(query, key, key)
    assert torch.allclose(blockwise_attention(query, key, key, block=2), wanted, atol=1e-5)


def test_large_scores_do_not_overflow() -> None:
    query = 300 * torch.eye(4)
    found = blockwise_attention(query, query, query, block=1)
    assert torch.allclose(found, attention(query, query, query)[0]) and found.isfinite().all()


def test_gradients_are_those_of_plain_attention() -> None:
    gradients = []
    for function in (
        lambda x: blockwise_attention(x, x, x, 3, causal=True),
        lambda x: attention(x, x, x, causal_mask(7))[0],
    ):
        x = torch.randn(7, 4, generator=torch.Generator().manual_seed(0), requires_grad=True)
        function(x).square().sum().backward()
        gradients.append(x.grad)
    one, two = gradients
    assert one is not None and two is not None and torch.allclose(one, two, atol=1e-5)


def test_blocks_after_the_last_query_are_skipped() -> None:
    x = torch.randn(64, 4)
    flops = {}
    for causal in (False, True):
        with FlopCounterMode(display=False) as counter:
            blockwise_attention(x, x, x, 8, causal)
        flops[causal] = counter.get_total_flops()
    assert flops[True] / flops[False] == (8 * 9 / 2) / 8**2


def test_memory_grows_with_the_length_and_not_with_its_square() -> None:
    def peak(length: int) -> int:
        x = torch.randn(length, 16)
        return peak_bytes(lambda: blockwise_attention(x, x, x, 32))

    assert peak(1024) < 2.5 * peak(512) < 1024 * 1024 * 4 / 2


@pytest.mark.parametrize(
    ("queries", "keys", "block", "causal", "said"),
    [
        (3, 3, 0, False, "block=0"),
        (4, 3, 2, True, "4 queries have only 3 keys"),
        (4, 0, 2, False, "4 queries have only 0 keys"),
    ],
)
def test_what_does_not_fit(queries: int, keys: int, block: int, causal: bool, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        blockwise_attention(
            torch.ones(queries, 2), torch.ones(keys, 2), torch.ones(keys, 2), block, causal
        )
    with pytest.raises(ValueError, match="head size 3"):
        blockwise_attention(torch.ones(2, 3), torch.ones(2, 2), torch.ones(2, 2))


@pytest.mark.parametrize("causal", [False, True])
def test_everything_lies_where_the_queries_are(causal: bool) -> None:
    """The device "meta", which keeps no numbers, stands for a GPU."""
    x = torch.zeros(2, 9, 4, device="meta")
    assert blockwise_attention(x, x, x, 4, causal).device.type == "meta"
