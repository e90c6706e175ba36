"""The cell by which a notebook that was downloaded installs what it needs of ours."""

from pagekit.labs.source import Lab
from pagekit.project import Project
from pagekit.read.settings.package import package_of, site_url

CELL = "install"
"""Its id in the notebook. It is none of the lab's own cells: no run of ours has an output of it."""

_CODE = """\
# Installs the course's code where it is missing, once; that takes some minutes. (On Linux PyTorch
# brings GPU libraries of several gigabytes: without a GPU, install its CPU build first.)
import subprocess
import sys
from importlib import invalidate_caches
from importlib.util import find_spec
from pathlib import Path

folders = (Path.cwd(), *Path.cwd().parents)
if not find_spec("{module}") and not any((f / "{module}").is_dir() for f in folders):
    pip = [sys.executable, "-m", "pip", "install", "--quiet"]
{calls}
    invalidate_caches()"""


def install_code(lab: Lab, project: Project) -> str:
    """The source of the cell; empty where nothing is to be installed, or from nowhere.

    Where the site will be, ``SITE_URL`` says; without it the package can be had in the folder of
    the course only, where its code is anyway.
    """
    package = package_of(project)
    code = "\n".join(cell.source for cell in lab.code)
    modules = package.used_by(code) if package else []
    if package is None or not modules or not site_url():
        return ""
    extras, alone = package.needed_by(code)
    calls = [f'    subprocess.check_call([*pip, "{package.requirement(extras)}"])']
    if alone:
        names = ", ".join(f'"{name}"' for name in alone)
        calls.append(f'    subprocess.check_call([*pip, "--no-deps", {names}])')
    return _CODE.format(module=modules[0], calls="\n".join(calls))
