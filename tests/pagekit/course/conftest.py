"""A project with a course in it: three chapters in two parts, one of which draws."""

import pytest

from pagekit.project import Project

NAV = """
nav:
  - index.md
  - Basics:
      - basics/one.md
      - basics/two.md
  - Further on:
      - further/three.md
  - Reference:
      - reference/glossary.md
      - reference/bibliography.md
"""

CHAPTERS = {
    "basics/one.md": """---
title: One
question: Why is one *not* none?
minutes: 40
---

# One

```python title="A line" alt="A rising line."
import matplotlib.pyplot as plt

plt.plot([0, 1])
plt.title("Up")
```

```python card title="A square" alt="A square."
import matplotlib.pyplot as plt

plt.imshow([[0, 1], [1, 0]])
plt.title("Chequered")
```
""",
    "basics/two.md": """---
title: Two
question: What comes after one?
minutes: 35
prerequisites:
  - what a number is
  - "[One](one.md)"
---

# Two

```mermaid
flowchart LR
    accTitle: One and two
    accDescr: One leads to two.
    A[One] --> B[Two]
```
""",
    "further/three.md": """---
title: Three
question: And then?
minutes: 50
prerequisites: "[One](../basics/one.md#one)"
---

# Three

```python
print("three")
```
""",
}


@pytest.fixture
def course(project: Project) -> Project:
    """The project, with chapters, a menu, and the extension that knows of them."""
    for name, text in CHAPTERS.items():
        path = project.docs / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    settings = project.root / "mkdocs.yml"
    text = settings.read_text().replace("pagekit.render.extension", "pagekit.course.extension")
    settings.write_text(text + NAV)
    return project
