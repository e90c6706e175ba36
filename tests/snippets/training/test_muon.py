"""Muon's updates are nearly orthogonal, whatever the gradient; its steps are PyTorch's Muon's."""

from unittest.mock import Mock

import pytest
import torch
from torch import nn

from snippets.training.muon import Muon, newton_schulz

SHAPES = [(24, 24), (16, 48), (48, 16), (1, 8), (8, 1), (1, 1)]
FLOAT32 = {"dtype": torch.float32}


def with_singular_values(values, rows, columns):
    """A matrix (rows, columns) with these singular values, and random directions."""
    left = torch.linalg.qr(torch.randn(rows, len(values), dtype=torch.float64))[0]
    right = torch.linalg.qr(torch.randn(columns, len(values), dtype=torch.float64))[0]
    return (left @ torch.as_tensor(values, dtype=torch.float64).diag() @ right.mT).float()


def reference(matrix, steps=5):
    """The polynomial of Newton–Schulz, applied to the singular values in float64."""
    u, s, vt = torch.linalg.svd(matrix.double(), full_matrices=False)
    s = s / s.norm()
    for _ in range(steps):
        s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
    return (u * s) @ vt


def in_float32(matrix, ns_coefficients, ns_steps, eps):
    """Stands for the function that PyTorch's Muon calls, which multiplies in bfloat16."""
    return newton_schulz(matrix, ns_steps, torch.float32)


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


@pytest.mark.parametrize("shape", [(24, 24), (16, 48), (48, 16)])
@pytest.mark.parametrize(
    ("dtype", "margin"), [(torch.float32, 1e-3), (torch.bfloat16, 0.1)], ids=["float32", "bfloat16"]
)
def test_singular_values_come_near_to_one(shape, dtype, margin):
    """All above a five-hundredth of the length come between 0.68 and 1.21, as the page says."""
    given = torch.logspace(0, -2.3, min(shape))
    assert given.min() / given.norm() > 0.002
    found = torch.linalg.svdvals(newton_schulz(with_singular_values(given, *shape), dtype=dtype))
    assert found.min() > 0.68 - margin and found.max() < 1.21 + margin


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("steps", [1, 5])
def test_it_is_the_polynomial_on_the_singular_values(shape, steps):
    matrix = torch.randn(shape)
    found = newton_schulz(matrix, steps, torch.float32)
    torch.testing.assert_close(found, reference(matrix, steps).float(), rtol=0, atol=1e-5)


def test_zero_stays_zero_and_missing_directions_stay_missing():
    assert torch.equal(
        newton_schulz(torch.zeros(2, 8, 4), dtype=torch.float32), torch.zeros(2, 8, 4)
    )
    rank_two = with_singular_values([3.0, 1.0], 12, 20)
    found = torch.linalg.svdvals(newton_schulz(rank_two, dtype=torch.float32))
    assert found[1] > 0.68 and found[2] < 1e-3


@pytest.mark.parametrize("shape", SHAPES)
def test_a_batch_is_each_matrix_by_itself(shape):
    matrices = torch.randn(2, 3, *shape)
    one_by_one = [newton_schulz(m, dtype=torch.float32) for m in matrices.flatten(0, 1)]
    found = newton_schulz(matrices, dtype=torch.float32)
    assert found.shape == matrices.shape
    torch.testing.assert_close(found.flatten(0, 1), torch.stack(one_by_one), rtol=0, atol=1e-5)


@pytest.mark.parametrize("factor", [1e-4, 1e4])
def test_length_does_not_matter(factor):
    matrix = torch.randn(16, 48)
    found, plain = (newton_schulz(m, dtype=torch.float32) for m in (factor * matrix, matrix))
    torch.testing.assert_close(found, plain, rtol=0, atol=1e-5)


def test_the_type_of_the_products_is_not_that_of_the_result():
    for dtype in (torch.float32, torch.bfloat16):
        assert newton_schulz(torch.randn(4, 8), dtype=dtype).dtype == torch.float32


@pytest.mark.parametrize(("fast", "expected"), [(True, torch.bfloat16), (False, torch.float32)])
def test_products_are_in_bfloat16_only_where_the_processor_multiplies_it(
    monkeypatch, fast, expected
):
    monkeypatch.setattr("snippets.training.muon.has_fast_bfloat16", {"cpu": fast}.get)
    matrix = torch.randn(8, 24)
    assert torch.equal(newton_schulz(matrix), newton_schulz(matrix, dtype=expected))
    others = {torch.bfloat16, torch.float32} - {expected}
    assert not torch.equal(newton_schulz(matrix), newton_schulz(matrix, dtype=others.pop()))


def steps_of(kind, starts, gradients, **options):
    """Weights after one step for each list of gradients."""
    parameters = [nn.Parameter(start.clone()) for start in starts]
    optimizer = kind(parameters, **options)
    for each in gradients:
        for p, gradient in zip(parameters, each, strict=True):
            p.grad = gradient.clone()
        optimizer.step()
    return [p.detach() for p in parameters]


OPTIONS = [
    {},
    {"lr": 0.02, "weight_decay": 0.0},
    {"lr": 0.02, "momentum": 0.5, "nesterov": False, "ns_steps": 3},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_twenty_steps_are_those_of_pytorch(options, monkeypatch):
    """Within bfloat16's rounding; and to the last digits, once both multiply in float32."""
    shapes = [(24, 24), (16, 48), (48, 16), (24, 24)]
    starts = [torch.randn(shape) for shape in shapes]
    gradients = [[torch.randn(shape) for shape in shapes] for _ in range(20)]
    ours = steps_of(Muon, starts, gradients, **options, **FLOAT32)
    theirs = steps_of(torch.optim.Muon, starts, gradients, **options)
    for start, a, b in zip(starts, ours, theirs, strict=True):
        assert (a - b).norm() < 0.02 * (b - start).norm()
    monkeypatch.setattr("torch.optim._muon._zeropower_via_newtonschulz", in_float32)
    exact = steps_of(torch.optim.Muon, starts, gradients, **options)
    for a, b in zip(ours, exact, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-5)


def test_a_parameter_without_a_gradient_stays():
    moved, stays = nn.Parameter(torch.randn(4, 8)), nn.Parameter(torch.randn(4, 8))
    before = stays.detach().clone()
    optimizer = Muon([moved, stays])
    moved.grad = torch.randn(4, 8)
    optimizer.step()
    assert torch.equal(stays, before) and stays not in optimizer.state


@pytest.mark.parametrize(("decay", "calls"), [(0.0, 0), (0.1, 1)])
def test_without_weight_decay_nothing_is_multiplied(decay, calls, monkeypatch):
    multiply = Mock(wraps=torch._foreach_mul_)
    monkeypatch.setattr("torch._foreach_mul_", multiply)
    steps_of(Muon, [torch.randn(4, 8)], torch.randn(1, 1, 4, 8), weight_decay=decay, **FLOAT32)
    assert multiply.call_count == calls


def test_groups_have_learning_rates_of_their_own():
    slow, fast = nn.Parameter(torch.zeros(4, 8)), nn.Parameter(torch.zeros(4, 8))
    optimizer = Muon([{"params": [slow], "lr": 0.1}, {"params": [fast], "lr": 0.3}], **FLOAT32)
    slow.grad = fast.grad = torch.randn(4, 8)
    optimizer.step()
    torch.testing.assert_close(fast.detach(), 3 * slow.detach())


def test_a_closure_computes_the_gradient():
    p = nn.Parameter(torch.ones(2, 3))

    def closure():
        loss = (p**2).sum()
        loss.backward()
        return loss

    assert Muon([p], lr=0.1).step(closure) == 6
    assert (p < 1).all()


def test_a_saved_state_goes_on_as_if_nothing_had_been():
    start, gradients = torch.randn(6, 9), torch.randn(6, 6, 9)
    expected = steps_of(Muon, [start], gradients[:, None], lr=0.02)[0]
    first = nn.Parameter(start.clone())
    optimizer = Muon([first], lr=0.02)
    for gradient in gradients[:3]:
        first.grad = gradient
        optimizer.step()
    second = nn.Parameter(first.detach().clone())
    restored = Muon([second], lr=0.5)
    restored.load_state_dict(optimizer.state_dict())
    assert list(restored.state[second]) == ["momentum_buffer"]
    for gradient in gradients[3:]:
        second.grad = gradient
        restored.step()
    assert torch.equal(second, expected)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lr": -0.1}, "lr=-0.1"),
        ({"lr": float("nan")}, "lr=nan"),
        ({"weight_decay": -1}, "weight_decay=-1"),
        ({"momentum": 1.0}, "momentum=1.0"),
        ({"momentum": -0.1}, "momentum=-0.1"),
        ({"ns_steps": 0}, "ns_steps=0"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Muon([nn.Parameter(torch.zeros(2, 2))], **options)


@pytest.mark.parametrize("shape", [(3,), (2, 3, 4), ()])
def test_what_is_no_matrix_is_refused(shape):
    with pytest.raises(ValueError, match="matri"):
        Muon([nn.Parameter(torch.zeros(shape))])
    if len(shape) < 2:
        with pytest.raises(ValueError, match="matri"):
            newton_schulz(torch.zeros(shape))


def test_the_least_that_makes_sense_is_taken():
    start = torch.randn(4, 8)
    options = {"lr": 0.0, "weight_decay": 0.0, "momentum": 0.0, "ns_steps": 1}
    [stays] = steps_of(Muon, [start], torch.randn(1, 1, 4, 8), **options)
    assert torch.equal(stays, start)


def test_five_steps_are_taken_unless_others_are_asked_for():
    matrix = torch.randn(8, 24)
    found = newton_schulz(matrix, dtype=torch.float32)
    assert torch.equal(found, newton_schulz(matrix, 5, torch.float32))
    torch.testing.assert_close(found, reference(matrix).float(), rtol=0, atol=1e-5)


def test_a_single_matrix_and_one_of_another_type_keep_shape_and_type():
    for shape in ((4, 8), (8, 4), (1, 4, 8), (2, 3, 8, 4)):
        found = newton_schulz(torch.randn(shape, dtype=torch.float64), dtype=torch.float32)
        assert found.shape == shape and found.dtype == torch.float64


def test_a_closure_may_ask_for_gradients_where_they_are_switched_off():
    p = nn.Parameter(torch.ones(2, 3))

    def closure():
        loss = (p**2).sum()
        loss.backward()
        return loss.item()

    with torch.no_grad():
        assert Muon([p]).step(closure) == 6
    assert Muon([p]).step() is None
