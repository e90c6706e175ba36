import ast

import pytest

from benchmarks.mutation import mutants


@pytest.fixture
def changed(tmp_path):
    """A function: how each mutant of one line of code reads."""

    def changed(line):
        (tmp_path / "m.py").write_text(line, encoding="utf-8")
        return {m.after for m in mutants("m.py", tmp_path)}

    return changed


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a < b", {"a <= b", "a >= b"}),
        ("a == b is not c", {"a != b is not c", "a == b is c"}),
        ("a  not  in b", {"a in b"}),
        ("(a) + (b)", {"(a) - (b)"}),
        ("a // b", {"a * b"}),
        ("a and b or not c", {"a or b or not c", "a and b and not c", "a and b or c"}),
        ("-x", {"x"}),
        ("x = 3", {"x = 4"}),
        ("x = 0.0", {"x = 1.0"}),
        ("x = True", {"x = False"}),
        ("x[a:b]", {"x[:b]", "x[a:]"}),
        ("x += y", {"pass"}),
        ("f(x, k=y)", {"pass", "f(x)"}),
        ("z = f(k=x, j=y)", {"z = f(j=y)", "z = f(k=x)"}),
        ("z = f(k=x)", {"z = f()"}),
        ('x = {"font.size": 3, 4: y}', {'x = {"font.size": 3, 5: y}'}),
        ("x = {**y, z: 6}", {"x = {**y, z: 7}"}),
        ("z = x if y else w", {"z = x if not (y) else w"}),
        ("if x: y", {"if not (x): y"}),
        ("if x is None: y", {"if x is not None: y"}),
        ("if not x: y", {"if x: y"}),
        ("if x < y: z", {"if x <= y: z", "if x >= y: z"}),
        ("raise E(1)", {"pass"}),
        ("def f(x=y): return x", {"def f(x=y): return None"}),
        ('é = "ü"; x = 3  # ß', {'é = "ü"; x = 4 # ß'}),
    ],
)
def test_each_kind_of_change(changed, line, expected):
    assert changed(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        '"""Docstring of 3 < 4."""',
        'x = "text"',
        'x = f"{a + 1}"',
        'x = "a" + b',
        "x: Literal[3]",
        "def f(x: Literal[3] = None) -> Literal[4]: return None",
        "@dataclass(frozen=True)\nclass C: pass",
        'print("a", 3, end="")',
        "if TYPE_CHECKING: x = 3",
        'if __name__ == "__main__": x = 3',
        "open(p, encoding=e)",
        "assert x < 3",
        "# x = 3",
    ],
)
def test_what_is_read_by_people_stays(changed, line):
    assert changed(line) - {"pass"} == set()


def test_a_mutant_is_the_module_with_one_place_changed(tmp_path):
    text = '"""ä"""\n\n\ndef f(x):\n    y = (\n        x + 1\n    )\n    return y\n'
    (tmp_path / "m.py").write_text(text, encoding="utf-8")
    found = mutants("m.py", tmp_path)
    assert [(m.line, m.before, m.after) for m in found] == [
        (6, "x + 1", "x - 1"),
        (6, "x + 1", "x + 2"),
        (8, "return y", "return None"),
    ]
    for m in found:
        assert m.path == "m.py"
        assert ast.dump(ast.parse(m.text)) != ast.dump(ast.parse(text))
        differ = [a for a, b in zip(text.split("\n"), m.text.split("\n"), strict=True) if a != b]
        assert [line.strip() for line in differ] == [m.before]
