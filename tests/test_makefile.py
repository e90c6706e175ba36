"""`make … CPU=avx2` keeps every library to AVX2, and another value is refused."""

import os
import platform
import subprocess
import sys
from pathlib import Path
from subprocess import CompletedProcess

import pytest

ROOT = Path(__file__).parents[1]
VARIABLES = ("ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "MKL_ENABLE_INSTRUCTIONS")
X86 = platform.machine() in ("x86_64", "AMD64")


def make(folder: Path, *words: str, says: str = "env", **variables: str) -> CompletedProcess[str]:
    """What a target says that is added to the Makefile, and inherits what it exports."""
    (folder / "more.mk").write_text(f"says:\n\t@{says}\n")
    ours = {"MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "CPU", *VARIABLES}
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    return subprocess.run(
        [
            "make",
            "--no-print-directory",
            "-f",
            "Makefile",
            "-f",
            str(folder / "more.mk"),
            "says",
            *words,
        ],
        cwd=ROOT,
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=120,
    )


def restrictions(said: str) -> dict[str, str]:
    pairs = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
    return {name: pairs[name] for name in VARIABLES if name in pairs}


def test_avx2_restricts_all_three_libraries(tmp_path: Path) -> None:
    done = make(tmp_path, "CPU=avx2")
    if X86:
        assert restrictions(done.stdout) == dict(
            zip(VARIABLES, ("avx2", "AVX2", "AVX2"), strict=True)
        )
    else:
        assert done.returncode == 2 and "CPU=avx2 is for x86-64 processors" in done.stderr


def test_without_it_nothing_is_restricted(tmp_path: Path) -> None:
    assert restrictions(make(tmp_path).stdout) == {}
    assert restrictions(make(tmp_path, CPU="elsewhere, a processor's name").stdout) == {}


@pytest.mark.parametrize("value", ["avx512", "AVX2", "avx2 avx512"])
def test_another_value_is_refused_in_one_line(tmp_path: Path, value: str) -> None:
    done = make(tmp_path, f"CPU={value}")
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
    assert f"CPU={value} is not known; CPU=avx2 is" in done.stderr


def test_under_the_restriction_bfloat16_is_not_fast(tmp_path: Path) -> None:
    module = "snippets.training.speed.precision"
    code = f"from {module} import has_fast_bfloat16 as fast; print(fast())"
    says = f'"{sys.executable}" -c "{code}"'
    if X86:
        assert make(tmp_path, "CPU=avx2", says=says).stdout.split() == ["False"]
