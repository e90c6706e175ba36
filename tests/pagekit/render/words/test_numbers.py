"""The numbers of inline values as they are shown."""

import pytest

from pagekit.project import Project
from pagekit.render.words.numbers import set_numbers
from tests.pagekit.render.test_extension import html_of


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("-0.50", "−0.50"),
        ("-0.00", "0.00"),
        ("+0.00", "0.00"),
        ("-0", "0"),
        ("-0%", "0%"),
        ("-0.01", "−0.01"),
        ("+0.01", "+0.01"),
        ("from -3 to 4", "from −3 to 4"),
        ("[-1, -0.0]", "[−1, 0.0]"),
        ("2026-11-25", "2026-11-25"),
        ("gpt-2 in 3-5 s", "gpt-2 in 3-5 s"),
        ("1e-05", "1e-05"),
        ("--data", "--data"),
    ],
)
def test_minus_signs_are_true_and_zero_has_none(typed: str, shown: str) -> None:
    assert set_numbers(typed) == shown


def test_inline_values_are_set_so(project: Project) -> None:
    text = "# T\n\n```python\nx = -0.001\n```\n\nIt is `{python} f'{x:+.2f}'` or `{python} x`.\n"
    html = html_of(project, text)
    assert 'is <span class="pk-value">0.00</span> or <span class="pk-value">−0.001</span>' in html
