"""Predictions and quizzes: they hold their answer back, take one, remember it, and forget it."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.site.axe import violations
from tests.site.conftest import BLOCKED, DESKTOP, PHONE, READERS, listed
from tests.site.costs import READ
from tests.site.server import SiteServer

CHAPTER = "transformer/attention.html"
KEEP = "kept => { localStorage['reader:' + new URL('..', location.href).pathname] = kept }"

# For each prediction at the top of the window, and at its foot: what is seen below it, in its
# section, of results, of values in the text and of its own answer.
SPOILED = """() => {
  const spoiled = [];
  const isSeen = (one) => {
    const { top, bottom, height } = one.getBoundingClientRect();
    const visible = one.checkVisibility({ contentVisibilityAuto: false, visibilityProperty: true });
    return height > 0 && bottom > 0 && top < innerHeight && visible;
  };
  for (const ask of document.querySelectorAll(".predict")) {
    const answers = [...ask.querySelectorAll("details li")];
    for (let one = ask.nextElementSibling; one; one = one.nextElementSibling) {
      if (one.matches("h2, h3, .predict")) break;
      answers.push(...one.querySelectorAll(".pk-output, .pk-figure, .pk-value"));
    }
    for (const block of ["start", "end"]) {
      ask.scrollIntoView({ block, behavior: "instant" });
      const seen = answers.filter(isSeen).map((one) => one.textContent.trim().slice(0, 60));
      if (seen.length) spoiled.push([ask.textContent.slice(0, 60), ...seen]);
    }
  }
  return spoiled;
}"""

# Opens all folds or shuts them, as they are when a page comes, and waits for what hangs on it.
FOLD = """async (open) => {
  document.querySelectorAll("details").forEach((fold) => { fold.open = open; });
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
}"""


@pytest.fixture
def fresh(browser: Browser, server: SiteServer) -> Iterator[Callable[..., Page]]:
    """Opens a page for somebody who has never been there."""
    contexts: list[BrowserContext] = []

    def visit(address: str, blocked: bool = False, **options: Any) -> Page:
        context = browser.new_context(reduced_motion="reduce", **({"viewport": DESKTOP} | options))
        contexts.append(context)
        if blocked:
            context.add_init_script(BLOCKED)
        page = context.new_page()
        page.goto(server.url + address)
        return page

    yield visit
    for context in contexts:
        context.close()


def test_no_prediction_is_answered_on_the_screen_that_asks(
    address: str, open_page: Callable[..., Page]
) -> None:
    for reader in READERS:
        page = open_page(address, reader)
        page.evaluate(FOLD, False)
        try:
            spoiled = page.evaluate(SPOILED)
        finally:
            page.evaluate(FOLD, True)
        assert not spoiled, listed(spoiled, f"answered on the same screen, {reader}:")


def test_the_spoiled_are_seen(fresh: Callable[..., Page]) -> None:
    page = fresh(CHAPTER)
    page.evaluate("document.querySelectorAll('[hidden]').forEach(one => { one.hidden = false })")
    assert page.evaluate(SPOILED)


def test_every_chapter_predicts_and_asks(address: str, open_page: Callable[..., Page]) -> None:
    page = open_page(address)
    is_chapter = page.locator("#quiz").count() > 0
    assert page.locator(".predict").count() > 0 or not is_chapter  # a solution may predict, too
    assert page.locator("#quiz ~ .quiz").count() == (3 if is_chapter else 0)


def test_an_answer_unveils_stays_and_is_forgotten(fresh: Callable[..., Page]) -> None:
    page = fresh(CHAPTER)
    ask = page.locator(".predict").first
    result = page.locator(".predict + .pk-cell .pk-output").first
    expect(result).to_be_hidden()
    expect(page.locator(".pk-progress")).to_be_hidden()  # nobody is told that they have not begun
    ask.scroll_into_view_if_needed()
    ask.get_by_role("button", name="Answer").click()
    expect(ask.get_by_role("status")).to_have_text("Choose one first.")
    wrong = ask.locator("li:not(.pk-right)").first.get_attribute("data-choice")
    ask.locator(f"input[value={wrong}]").check()
    ask.get_by_role("button", name="Answer").click()
    expect(ask.locator(".pk-is-wrong input")).to_have_value(wrong or "")
    right = ask.locator("li.pk-right").first.get_attribute("data-choice")
    expect(ask.locator(".pk-is-right input")).to_have_value(right or "")
    expect(ask.get_by_role("status")).to_contain_text(f"You chose {wrong}")
    expect(result).to_be_visible()
    expect(page.locator(".pk-held").first).to_be_hidden()

    page.reload()
    expect(result).to_be_visible()
    expect(ask.locator(f"input[value={wrong}]")).to_be_checked()
    expect(page.locator(".pk-progress")).to_contain_text("1 of the 5 questions, 0 of them right")
    page.get_by_role("button", name="Forget it all").click()
    expect(result).to_be_hidden()
    expect(ask.locator(":checked, .pk-is-right, .pk-is-wrong")).to_have_count(0)
    assert page.evaluate("localStorage.length") == 0
    page.reload()
    expect(result).to_be_hidden()


def test_what_is_told_of_progress_takes_no_more_room_as_it_grows(
    fresh: Callable[..., Page],
) -> None:
    """At the page's end it is in sight while the last sections count: the button would move."""
    page = fresh(CHAPTER, viewport=PHONE)
    box = page.locator(".pk-progress")
    page.evaluate("document.querySelector('#quiz').scrollIntoView({ behavior: 'instant' })")
    expect(box).to_contain_text("You have read 1 of the")
    before = box.evaluate("one => one.getBoundingClientRect().height")
    page.evaluate(READ)
    expect(box).to_contain_text("You have read 1 chapter to the end.")
    assert box.evaluate("one => one.getBoundingClientRect().height") == before


def test_a_number_is_compared_with_the_recorded_one(fresh: Callable[..., Page]) -> None:
    page = fresh(CHAPTER)
    ask = page.locator(".predict:has(input[type=number])").first
    recorded = ask.locator(".pk-value").first.evaluate("one => one.textContent")
    field = ask.get_by_role("spinbutton")
    field.fill("0.0625")
    expect(ask.get_by_role("button", name="Answer")).to_be_enabled()
    field.press("Enter")
    said = f"You said 0.0625; recorded is {recorded}."
    expect(ask.get_by_role("status")).to_have_text(said)
    field.fill(recorded)
    field.press("Enter")
    expect(ask.get_by_role("status")).to_contain_text("Well guessed.")
    page.locator(".pk-progress").scroll_into_view_if_needed()
    expect(page.locator(".pk-progress")).to_contain_text("0 of them right at the first try")


def test_a_share_counts_as_the_percentage_that_it_is(fresh: Callable[..., Page]) -> None:
    page = fresh("modern/interpretability.html")
    ask = page.locator(".predict:has(input[type=number])").first
    recorded = float(ask.locator(".pk-value").first.evaluate("one => one.textContent"))
    field = ask.get_by_role("spinbutton")
    for said, near in ((recorded / 100, True), (recorded / 300, False), (recorded, True)):
        field.fill(f"{said:g}")
        field.press("Enter")
        told = ask.get_by_role("status").inner_text()
        assert ("Well guessed." in told) is near, (said, told)


def test_all_can_be_done_by_key(fresh: Callable[..., Page]) -> None:
    page = fresh(CHAPTER)
    ask = page.locator(".predict").first
    ask.locator("input").first.focus()
    expect(ask.locator("button")).to_be_enabled()
    for key in ("Space", "ArrowDown", "Tab", "Enter"):
        page.keyboard.press(key)
    expect(ask.get_by_role("status")).to_contain_text("B")
    expect(ask.locator("details")).to_have_attribute("open", "")


def test_the_result_is_shown_to_those_who_will_not_guess(fresh: Callable[..., Page]) -> None:
    page = fresh(CHAPTER)
    result = page.locator(".predict + .pk-cell .pk-output").first
    page.get_by_role("button", name="Show it now").first.click()
    expect(result).to_be_visible()
    page.locator(".predict summary").first.click()
    expect(result).to_be_hidden()


def test_windows_keep_what_each_other_kept_and_forget_together(fresh: Callable[..., Page]) -> None:
    page = fresh(CHAPTER)
    other = page.context.new_page()
    other.goto(page.url)
    for number, window in enumerate((page, other)):
        window.keyboard.press("Shift")  # a sign of life: the scripts load
        ask = window.locator(".quiz").nth(number)
        expect(ask.get_by_role("button", name="Answer")).to_be_enabled()
        ask.locator("input").first.check()
        ask.get_by_role("button", name="Answer").click()
    expect(other.locator(".pk-progress")).to_contain_text("2 of the 5 questions")
    other.get_by_role("button", name="Forget it all").click()
    expect(page.locator(".quiz :checked")).to_have_count(0)
    expect(page.locator(".pk-progress")).to_contain_text("Nothing of it is kept")
    assert "given" not in page.evaluate("JSON.stringify(localStorage)")


@pytest.mark.parametrize("kept", ["nonsense", "null", "[1]", '{"%s": null}', '{"%s": {"seen": 1}}'])
def test_damaged_storage_does_no_harm(kept: str, fresh: Callable[..., Page]) -> None:
    page = fresh(CHAPTER)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.evaluate(KEEP, kept.replace("%s", CHAPTER))
    page.reload()
    expect(page.locator(".pk-progress")).to_be_hidden()
    assert not errors


def test_blocked_storage_does_no_harm(fresh: Callable[..., Page]) -> None:
    page = fresh(CHAPTER, blocked=True)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    ask = page.locator(".quiz").first
    ask.locator("input").first.check()
    ask.get_by_role("button", name="Answer").click()
    expect(ask.get_by_role("status")).not_to_be_empty()
    expect(page.locator(".pk-progress")).to_contain_text("1 of the 5 questions")
    assert not errors


@pytest.mark.parametrize("how", [{"java_script_enabled": False}, {"print": True}])
def test_nothing_is_held_back_without_scripts_and_in_print(
    how: dict[str, bool], fresh: Callable[..., Page]
) -> None:
    page = fresh(CHAPTER, **{name: how[name] for name in how if name != "print"})
    if "print" in how:
        page.emulate_media(media="print")
        expect(page.locator(".predict details li").first).to_be_visible()
    for output in page.locator("article > .pk-cell .pk-output").all():
        expect(output).to_be_visible()
    expect(page.get_by_role("button", name="Answer")).to_have_count(0)
    expect(page.locator(".predict label").first).to_be_visible()


def test_a_link_into_what_is_held_back_shows_it(
    fresh: Callable[..., Page], server: SiteServer
) -> None:
    page = fresh(CHAPTER)
    page.locator(".predict + .pk-cell .pk-output").first.evaluate("one => { one.id = 'goal' }")
    page.evaluate("location.hash = 'goal'")
    expect(page.locator("#goal")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_is_accessible_before_and_after(scheme: str, fresh: Callable[..., Page]) -> None:
    page = fresh(CHAPTER, color_scheme=scheme, viewport=PHONE)
    assert not violations(page, within="article")
    for ask in page.locator(".pk-ask").all():
        if ask.locator("[type=radio]").count():
            ask.locator("[type=radio]").first.check()
        else:
            ask.get_by_role("spinbutton").fill("1")
        ask.get_by_role("button", name="Answer").click()
    assert not violations(page, within="article")


def test_the_way_back_leads_to_a_page_that_is_still_there(
    fresh: Callable[..., Page], server: SiteServer
) -> None:
    page = fresh("")
    page.evaluate(
        """(names) => {
          const read = (name, n) => ({
            answers: {}, seen: ["a"], of: 2, at: "a", time: n + 1, section: "A", title: name,
          });
          const kept = Object.fromEntries(names.map((name, n) => [name, read(name, n)]));
          const root = new URL(".", location.href).pathname;
          localStorage[`reader:${root}`] = JSON.stringify(kept);
        }""",
        [CHAPTER, "transformer/renamed.html"],
    )
    page.goto(server.url)
    expect(page.locator(".pk-goon a")).to_have_attribute("href", re.compile(f"{CHAPTER}#a$"))


def test_the_reader_is_led_back(fresh: Callable[..., Page], server: SiteServer) -> None:
    page = fresh(CHAPTER)
    section = page.locator("h2#masks-who-may-look")
    page.mouse.wheel(0, 300)
    for heading in page.locator("article h2").all():
        heading.scroll_into_view_if_needed()
        page.wait_for_timeout(150)
    section.evaluate("one => one.scrollIntoView()")
    link = page.locator(".md-nav--primary .md-nav__link--active[href]")
    expect(link.get_by_role("img", name="(read)")).to_be_attached()
    expect(page.locator(".md-nav--secondary .pk-tick")).to_have_count(0)  # those are its sections

    page.wait_for_timeout(300)
    page.goto(server.url)
    offer = page.locator(".pk-goon a")
    expect(offer).to_contain_text("Masks: who may look in Attention")
    offer.click()
    expect(section).to_be_in_viewport()
    page.goto(server.url)
    page.get_by_role("button", name="Close").click()
    expect(offer).to_have_count(0)
    page.get_by_role("button", name="Forget it all").click()
    page.reload()
    expect(offer).to_have_count(0)
