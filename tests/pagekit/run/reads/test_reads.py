"""Whatever a run reads of the project is recorded, whoever reads it."""

import pytest

from pagekit.project import Project
from pagekit.run.reads.marks import mark
from tests.pagekit.run.recorded import filled, record

__all__ = ["filled"]

# Code -> what it depends on, besides snippets/__init__.py. ROOT is the project's folder, as text.
READS = {
    "an import": ("import snippets.sums", {"snippets/sums.py"}),
    "an import by a child": (
        "import subprocess, sys\n"
        "subprocess.run([sys.executable, '-c', 'import snippets.sums'], check=True)",
        {"snippets/sums.py"},
    ),
    "an import by a child's child, through a shell": (
        "import os, sys\nos.system(f'sh -c \"{sys.executable} -m snippets.sums\"')",
        {"snippets/sums.py"},
    ),
    "an import by a forked process": (
        "import os\nif os.fork() == 0:\n    import snippets.sums\nelse:\n    os.wait()",
        {"snippets/sums.py"},
    ),
    "an import by multiprocessing": (
        "import multiprocessing\nfrom importlib import import_module\n"
        "process = multiprocessing.get_context('spawn').Process(\n"
        "    target=import_module, args=('snippets.sums',))\nprocess.start()\nprocess.join()",
        {"snippets/sums.py"},
    ),
    "an open file": ("open(ROOT + '/docs/data/facts.txt').read()", {"docs/data/facts.txt"}),
    "a file opened as bytes and without buffer": (
        "import os\nos.read(os.open(os.fsencode(ROOT + '/build/words.txt'), os.O_RDONLY), 9)",
        {"build/words.txt"},
    ),
    "a file opened to read and write": (
        "open(ROOT + '/build/words.txt', 'r+').read()",
        {"build/words.txt"},
    ),
    "a file that isn't there": (
        "try:\n    open(ROOT + '/build/none.txt')\nexcept OSError:\n    pass",
        {"build/none.txt"},
    ),
    "a file that a path leads round to": (
        "open(ROOT + '/snippets/../docs/data/facts.txt').read()",
        {"docs/data/facts.txt"},
    ),
    "a path handed to a reader that tells nobody": (
        "import os, pathlib\nos.stat(pathlib.Path(ROOT, 'docs', 'data', 'facts.txt'))",
        {"docs/data/facts.txt"},
    ),
    "a path made into text": (
        "import pathlib\nstr(pathlib.Path(ROOT) / 'docs/data/facts.txt')",
        {"docs/data/facts.txt"},
    ),
    "one file of what was made": (
        "open(ROOT + '/build/model/config.json').read()",
        {"build/model/**"},
    ),
    "the folder of what was made": (
        "import os, pathlib\nos.stat(pathlib.Path(ROOT, 'build', 'model'))",
        {"build/model/**"},
    ),
    "a listing": ("import os\nos.listdir(ROOT + '/snippets')", {"snippets/"}),
    "a glob": ("import glob\nglob.glob(ROOT + '/docs/data/*.txt')", {"docs/data/"}),
    "a walk": ("import os\nlist(os.walk(ROOT + '/docs/data'))", {"docs/data/"}),
    "a file that another program is told to read": (
        "import subprocess\nsubprocess.run(['cat', ROOT + '/docs/data/facts.txt'])",
        {"docs/data/facts.txt"},
    ),
    "a folder that another program is told to read": (
        "import subprocess\nsubprocess.run(f'cat {ROOT}/docs/data/*', shell=True)",
        {"docs/data/**"},
    ),
    "a Python that is kept from recording": (
        "import subprocess, sys\nsubprocess.run([sys.executable, '-I', '-c', ''], check=True)",
        {"snippets/**"},
    ),
    "a Python with an environment of its own": (
        "import subprocess, sys\nsubprocess.run([sys.executable, '-c', ''], env={})",
        {"snippets/**"},
    ),
    "a data base": (
        "import sqlite3\nsqlite3.connect(ROOT + '/build/words.txt')",
        {"build/words.txt"},
    ),
    "nothing": ("open('mine', 'w').write('x')\nopen('mine').read()", set()),
    "what it wrote itself": (
        "open(ROOT + '/build/new.txt', 'w').write('x')\nopen(ROOT + '/build/new.txt').read()",
        set(),
    ),
    "metadata": ("from importlib.metadata import version\nversion('numpy')", set()),
}


@pytest.mark.parametrize("how", READS)
def test_a_read_is_recorded(
    filled: Project, how: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    code, expected = READS[how]
    found = record(filled, code, tmp_path_factory.mktemp("run"))
    assert set(found.depends) - {"snippets/__init__.py"} == expected
    for name, state in found.depends.items():
        assert state == mark(filled.root, name)
