"""Where there is no browser: one clear line that says what to install."""

import sys
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest
from playwright.sync_api import sync_playwright

from pagekit.build import browser
from tests.pagekit.run.test_machine import wait_for


def test_without_a_browser_one_line_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("BROWSER_PATH", raising=False)
    tried: list[str] = []
    monkeypatch.setattr(browser, "starts", lambda path: False)
    monkeypatch.setattr(browser, "playwrights_own", lambda: "/nowhere/chrome")
    monkeypatch.setattr(browser, "attempt", lambda command, *rest: tried.append(command[0]))
    monkeypatch.setattr(browser.os, "geteuid", lambda: 0)
    monkeypatch.setattr(browser.shutil, "which", lambda name: f"/usr/bin/{name}")
    with pytest.raises(browser.NoBrowserError) as caught:
        browser.find_or_install_browser()
    assert "\n" not in str(caught.value)
    assert "install Chromium or Chrome" in str(caught.value)
    assert len(tried) == 2, "Playwright's own, then Debian's package"


def test_one_that_is_named_must_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER_PATH", "/nowhere/chrome")
    with pytest.raises(browser.NoBrowserError, match="BROWSER_PATH=/nowhere/chrome does not start"):
        browser.find_browser()


@pytest.mark.parametrize(
    ("words", "well"),
    [
        ([sys.executable, "-c", ""], True),
        ([sys.executable, "-c", "import sys; sys.exit(3)"], False),
        (["/nowhere/chrome"], False),
    ],
)
def test_whether_a_command_ends_well(words: list[str], well: bool) -> None:
    assert browser.attempt(words, 60) is well


def test_a_command_that_takes_too_long_ends_with_all_it_had_started(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = tmp_path / "pid"
    begun = f"sleep 600 & echo $! > {told}.new && mv {told}.new {told}; wait"
    for seconds in (0.5, 5, 50):  # until it has begun before it is given up
        assert not browser.attempt(["sh", "-c", begun], seconds)
        assert capsys.readouterr().out.startswith("Gave up on `sh -c sleep 600")
        if told.exists():
            break
    pid = int(told.read_text())
    wait_for(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie")


def test_playwrights_own_is_found_beside_a_running_playwright() -> None:
    with sync_playwright() as playwright:
        assert browser.playwrights_own() == playwright.chromium.executable_path
