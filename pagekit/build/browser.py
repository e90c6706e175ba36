"""Finds a Chromium or Chrome for the tests of the built site and for its PDF, or installs one.

``python -m pagekit.build.browser`` does so beforehand and prints which (`make test` calls it).
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "google-chrome", "google-chrome-stable", "chrome", "chromium-browser")
MAC_APPS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
HELP = (
    "No browser for the tests of the built site, nor for its PDF: install Chromium or Chrome "
    "(Debian, Ubuntu: `sudo apt-get install chromium`; macOS: `brew install --cask chromium`), "
    "or name one: BROWSER_PATH=/path/to/chrome make test"
)


class NoBrowserError(RuntimeError):
    """There is no browser and none could be installed; the message says what to install."""


def find_browser() -> Path | None:
    """The first browser on this machine that starts: $BROWSER_PATH, a system's, Playwright's."""
    named = os.environ.get("BROWSER_PATH")
    if named:
        if not starts(Path(named)):
            raise NoBrowserError(f"BROWSER_PATH={named} does not start. {HELP}")
        return Path(named)
    on_path = (shutil.which(name) for name in NAMES)
    candidates = [*(path for path in on_path if path), *MAC_APPS, playwrights_own()]
    return next((Path(path) for path in candidates if starts(Path(path))), None)


def find_or_install_browser() -> Path:
    """As `find_browser`; where there is none, tries Playwright's, then Debian's package (as root).

    Raises:
        NoBrowserError: with one line that says what to install.
    """
    for step in (None, install_playwrights, install_debians):
        if step:
            step()
        if browser := find_browser():
            return browser
    raise NoBrowserError(HELP)


def playwrights_own() -> str:
    """Where Playwright keeps its own Chromium, there or not.

    Asked in a thread of its own, since a thread has one Playwright and the caller may have it.
    """

    def ask() -> str:
        with sync_playwright() as playwright:
            return playwright.chromium.executable_path

    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(ask).result()


def install_playwrights() -> None:
    """Let Playwright download the Chromium that it is made for."""
    print("No browser found: trying Playwright's own download", flush=True)
    # An unreachable server is given up soon; a slow one is not cut off before three minutes.
    environment = os.environ | {"PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "10000"}
    command = [sys.executable, "-m", "playwright", "install", "--no-shell", "chromium"]
    attempt(command, 180, environment)


def install_debians() -> None:
    """Install Debian's Chromium, where that is allowed."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print("Trying the system's package: apt-get install chromium", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    if attempt(["apt-get", "-qq", "update"], 300, environment):
        attempt(["apt-get", "-qq", "install", "--yes", "chromium"], 600, environment)


def starts(path: Path) -> bool:
    """Whether it runs at all: Ubuntu's `chromium-browser` can be a stub that only prints advice."""
    return path.is_file() and attempt([str(path), "--version"], 30, quiet=True)


def attempt(
    command: Sequence[str],
    seconds: float,
    environment: dict[str, str] | None = None,
    quiet: bool = False,
) -> bool:
    """Whether a command ends well within its time; past it, it ends with all it had started."""
    output = subprocess.DEVNULL if quiet else None
    try:
        process = subprocess.Popen(
            command, env=environment, start_new_session=True, stdout=output, stderr=output
        )
    except OSError:
        return False
    try:
        return process.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        print(f"Gave up on `{' '.join(command)}` after {seconds:.0f} s", flush=True)
        return False
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


if __name__ == "__main__":
    try:
        print(f"The site's tests run in {find_or_install_browser()}")
    except NoBrowserError as error:
        sys.exit(str(error))
