"""The explorer: its numbers are the model's, its page asks for nothing, and everyone can use it."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Dialog, Page, sync_playwright

from pagekit.build.browser import find_or_install_browser
from snippets.using.homework.attention_explorer import MOST, attend, explorer, main
from tests.site.axe import told, violations

SENTENCE = "The animal didn't cross the road because it was too tired."
NASTY = "</script><script>document.title='run'</script> <img src=x onerror=alert(1)> & {title} “it”"


def data_of(page: str) -> dict:
    [text] = re.findall(
        r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL
    )
    return json.loads(text)


def weights_in(page: str) -> np.ndarray:
    data = data_of(page)
    shape = data["layers"], data["heads"], len(data["tokens"]), len(data["tokens"])
    return np.frombuffer(base64.b64decode(data["weights"]), np.uint8).reshape(shape) / data["steps"]


def test_the_pages_weights_are_the_models() -> None:
    found = attend(SENTENCE)
    assert found.tokens[0] == "[CLS]" and found.tokens[-1] == "[SEP]"
    assert data_of(explorer(SENTENCE))["tokens"] == found.tokens
    assert np.abs(weights_in(explorer(SENTENCE)) - found.weights.numpy()).max() <= 1 / 510 + 1e-6
    assert np.allclose(found.weights.sum(-1), 1, atol=1e-5)


def test_the_longest_page_is_small_and_longer_ones_are_refused() -> None:
    assert len(explorer("word " * (MOST - 2)).encode()) <= 300_000
    with pytest.raises(ValueError, match=rf"has {MOST + 1} tokens.*room for {MOST}"):
        explorer("word " * (MOST - 1))


@pytest.mark.parametrize("sentence", ["", "  ", "\n\t"])
def test_nothing_to_read_is_refused(sentence: str) -> None:
    with pytest.raises(ValueError, match="no word"):
        explorer(sentence)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"layer": 6}, "layer=6, head=0: there are 6 layers of 12 heads"),
        ({"head": -1}, "head=-1"),
        ({"word": "dog"}, "'dog' is none of the tokens"),
    ],
)
def test_what_is_not_there_is_refused(wrong: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        explorer(SENTENCE, **wrong)


def test_the_last_head_of_the_last_layer_is_there_and_none_after_it() -> None:
    found = data_of(explorer(SENTENCE, layer=5, head=11))
    assert (found["layer"], found["head"], found["at"]) == (5, 11, 1)
    for layer, head in ((-1, 0), (0, 12)):
        with pytest.raises(ValueError, match="there are 6 layers of 12 heads"):
            explorer(SENTENCE, layer, head)
    assert explorer(SENTENCE) == explorer(SENTENCE, layer=0, head=0, word="the")


def test_the_table_has_each_token_with_its_share() -> None:
    page, found = explorer(SENTENCE, layer=1, head=3, word="it"), attend(SENTENCE)
    rows = re.findall(r'<tr><th scope="row">(.*?)</th><td>([\d.]+)%</td></tr>', page)
    assert [token.replace("&#x27;", "'") for token, _ in rows] == found.tokens
    row = found.weights[1, 3, found.tokens.index("it")]
    assert [float(share) for _, share in rows] == pytest.approx((100 * row).tolist(), abs=0.051)
    about = f"6 layers of 12 heads; {len(found.tokens)} tokens"
    assert about in page and "Layer 1, head 3: where “it” looks" in page


def test_other_scripts_and_languages_become_pieces() -> None:
    assert attend("Это вопрос").tokens[1].startswith("э")
    assert "[UNK]" in attend("\u6f22\U0001f600").tokens


def test_the_command_writes_the_page_or_says_why_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "page.html"
    assert main([SENTENCE, "--out", str(file), "--word", "it", "--layer", "2"]) == 0
    assert file.read_text("utf-8") == explorer(SENTENCE, layer=2, word="it")
    assert "bytes; open it" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["word " * 60, "--out", str(tmp_path / "none.html")])
    assert "leave out some words" in capsys.readouterr().err
    assert not (tmp_path / "none.html").exists()


# --- in a browser --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = find_or_install_browser()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


class Opened:
    """The explorer of a sentence, opened from a file in a browser without a network."""

    def __init__(self, browser: Browser, folder: Path, sentence: str, **options: Any) -> None:
        self.file = folder / "explorer.html"
        self.file.write_text(explorer(sentence, layer=1, head=3, word="it"), "utf-8")
        self.context = browser.new_context(offline=True, **options)
        self.page: Page = self.context.new_page()
        self.asked: list[str] = []
        self.said: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", self.note)
        self.page.goto(self.file.as_uri())

    def note(self, dialog: Dialog) -> None:
        self.said.append(dialog.message)
        dialog.dismiss()

    def table(self) -> dict[int, str]:
        rows = self.page.locator("tbody tr").all_inner_texts()
        return dict(enumerate(row.split("\t")[1] for row in rows))

    def expected(self, layer: int, head: int, at: int) -> dict[int, str]:
        row = attend(SENTENCE).weights[layer, head, at].numpy()
        row = np.round(row * 255) / np.round(row * 255).sum()
        return {i: f"{100 * w:.1f}%" for i, w in enumerate(row)}


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Opened]:
    found = Opened(browser, tmp_path, SENTENCE)
    yield found
    assert found.said == [] and found.asked == [found.file.as_uri()]
    found.context.close()


def near(shown: dict[int, str], right: dict[int, str]) -> bool:
    """The same to a tenth of a percent: JavaScript and Python round halves differently."""
    return shown.keys() == right.keys() and all(
        abs(float(shown[i][:-1]) - float(right[i][:-1])) < 0.11 for i in right
    )


def test_pointing_choosing_and_keys_show_that_heads_weights(opened: Opened) -> None:
    page, tokens = opened.page, attend(SENTENCE).tokens
    it = tokens.index("it")
    assert near(opened.table(), opened.expected(1, 3, it))
    page.get_by_label("Layer").select_option("0")
    page.get_by_label("Head").select_option("2")
    assert near(opened.table(), opened.expected(0, 2, it))
    words = page.locator("#words button")
    words.nth(2).hover()
    assert near(opened.table(), opened.expected(0, 2, 2))
    assert words.nth(2).get_attribute("aria-pressed") == "true"
    words.nth(2).focus()
    page.keyboard.press("ArrowRight")
    assert near(opened.table(), opened.expected(0, 2, 3))
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")  # round to the first
    assert near(opened.table(), opened.expected(0, 2, 0))
    said = page.locator("#said").inner_text()
    assert said.startswith("“[CLS]” looks most at “") and page.locator("caption").inner_text() == (
        "Layer 0, head 2: where “[CLS]” looks"
    )


def test_one_word_is_in_the_order_of_tabs(opened: Opened) -> None:
    tabs = opened.page.eval_on_selector_all("#words button", "(all) => all.map((b) => b.tabIndex)")
    assert sorted(tabs) == [-1] * (len(tabs) - 1) + [0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_it_by_touch_in_both_schemes(
    browser: Browser, tmp_path: Path, scheme: str
) -> None:
    phone = {"width": 360, "height": 640}
    opened = Opened(
        browser, tmp_path, SENTENCE, viewport=phone, has_touch=True, color_scheme=scheme
    )
    opened.page.locator("#words button").nth(4).tap()
    assert near(opened.table(), opened.expected(1, 3, 4))
    wide = opened.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 360
    dark = opened.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (dark == "rgb(23, 25, 29)") is (scheme == "dark")
    assert (found := violations(opened.page)) == [], told(found)
    assert opened.said == [] and opened.asked == [opened.file.as_uri()]
    opened.context.close()


def test_any_sentence_is_shown_as_text(browser: Browser, tmp_path: Path) -> None:
    opened = Opened(browser, tmp_path, NASTY)
    assert NASTY in opened.page.locator("h1").inner_text()
    assert opened.page.title() == f"Attention in “{NASTY}”"
    assert opened.page.locator("img").count() == 0
    assert opened.page.locator("#words button").count() == len(attend(NASTY).tokens)
    assert opened.said == [] and opened.asked == [opened.file.as_uri()]
    opened.context.close()


def test_without_scripts_the_table_stands(browser: Browser, tmp_path: Path) -> None:
    opened = Opened(browser, tmp_path, SENTENCE, java_script_enabled=False)
    shown = opened.page.locator("tbody tr").count()
    assert shown == len(attend(SENTENCE).tokens)
    assert opened.page.locator("caption").inner_text() == "Layer 1, head 3: where “it” looks"
    assert not opened.page.locator("#choose").is_visible()
    opened.context.close()
