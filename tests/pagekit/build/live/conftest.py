"""A small course to preview."""

import pytest

from pagekit.project import Project


@pytest.fixture
def course(project: Project) -> Project:
    """A project with a page that includes a snippet, and a lab that names one."""
    (project.docs / "sums.md").write_text('# S\n\n```python\n--8<-- "snippets/sums.py:add"\n```\n')
    (project.docs / "labs").mkdir()
    (project.docs / "labs/try.py").write_text("# %%\n# snippets/sums.py\nprint(1)\n")
    (project.docs / "labs/other.py").write_text("# %%\nprint(2)\n")
    return project
