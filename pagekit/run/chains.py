"""Runs a chain and records what it did: again where what it claims of itself fails."""

from dataclasses import replace
from typing import Any

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.blocks import Chain, Page
from pagekit.read.code.fences import Fence
from pagekit.run import artefacts, recorded, results
from pagekit.run.process.forkserver import ForkServer

RUNS = 3  # in all, until a claim holds

Broken = dict[str, Any]  # the `segment` whose claim is not true, and the `values` in it


def run_chain(server: ForkServer, page: Page, chain: Chain, project: Project) -> None:
    """Run a chain and record what it did.

    Where its claims fail in all runs, the run that is kept with the pages takes their place; it
    goes stale with what the last run read.

    Raises:
        PageError: it fails, or does what it may not; or no run is kept in which its claims held.
    """
    result, broken = run_until_it_holds(server, page, chain, project)
    if broken:
        kept = recorded.load(page, chain, project)
        if kept is None:
            so = (
                ", and no run is kept in which it was; mend the block, or claim what is true on "
                f"any machine, or, where it holds, keep a run: {recorded.command(page)}"
            )
            raise not_borne_out(broken, page, chain, so)
        result.record.depends.update(kept.record.depends)
        result = replace(kept, record=result.record)
    results.save(result, page, chain, project)


def run_until_it_holds(
    server: ForkServer, page: Page, chain: Chain, project: Project
) -> tuple[results.Result, list[Broken]]:
    """Run a chain, and again while a claim of it fails, ``RUNS`` times in all.

    Returns:
        What the last run did; and, if no claim held in any run, what was not true in each.

    Raises:
        PageError: it fails, or does what it may not.
    """
    broken: list[Broken] = []
    while True:
        result, untrue = _run(server, page, chain, project)
        if not untrue:
            return result, []
        broken.append(untrue[0])
        if len(broken) == RUNS:
            return result, broken


def _run(
    server: ForkServer, page: Page, chain: Chain, project: Project
) -> tuple[results.Result, list[Broken]]:
    outcome = server.run(
        chain.kind,
        [fence.code for fence in chain.fences],
        list(dict.fromkeys(value.expression for value in chain.values)),
        chain.timeout,
        [fence.claim for fence in chain.fences],
    )
    if "fault" in outcome:
        raise page_error(outcome, page, chain)
    result = results.result_of(outcome)
    result.record.depends = artefacts.recorded(
        result.depends, page, "block", chain.line, project, chain.code
    )
    check_figures(result, page, chain)
    return result, outcome["broken"]


def not_borne_out(broken: list[Broken], page: Page, chain: Chain, so: str) -> PageError:
    """Says which claim was not true in any run, and what came out instead.

    Args:
        broken: what was not true in each run.
        page: the page.
        chain: what ran.
        so: what follows from it, as the end of the sentence.
    """
    fence = chain.fences[broken[-1]["segment"]]
    runs = [
        ", ".join(f"{text} = {value}" for text, value in run["values"].items())
        for run in broken
        if chain.fences[run["segment"]] is fence
    ]
    told = "; ".join(filter(None, runs))
    message = f"`{fence.claim}` was not true in {len(runs)} runs{f' ({told})' if told else ''}"
    return PageError(f"{message}{so}", page.name, fence.line)


def page_error(outcome: dict[str, Any], page: Page, chain: Chain) -> PageError:
    """What a failed run says, at the line of the page that is to blame."""
    fault = outcome["fault"]
    if "value" in outcome:
        expression = outcome["value"]
        line = next(value.line for value in chain.values if value.expression == expression)
        return PageError(f"the inline value `{expression}` fails: {fault}", page.name, line)
    fence: Fence = chain.fences[outcome.get("segment") or 0]
    if "claim" in outcome:
        return PageError(f"the claim `{fence.claim}` fails: {fault}", page.name, fence.line)
    number = outcome.get("line")
    line, within = fence.line, ""
    if number is not None and 0 <= number < len(fence.lines):
        origin = fence.lines[number]
        line = origin.page_line
        if origin.source:
            within = f" (in {origin.source}:{origin.source_line})"
        if outcome.get("at"):
            within += f" (raised at {_short(outcome['at'])})"
    advice = "mend the code, or the snippet that it includes"
    return PageError(f"this block does not run: {fault}{within}; {advice}", page.name, line)


def check_figures(result: results.Result, page: Page, chain: Chain) -> None:
    """Refuse a figure that nobody described, and a description without a figure."""
    for fence, segment in zip(chain.fences, result.segments, strict=True):
        try:
            fence.check_figures(len(segment.figures))
        except PageError as error:
            raise error.at(page.name, fence.line) from None


def _short(place: str) -> str:
    root = f"{Project.here().root}/"
    if place.startswith(root):
        return place.removeprefix(root)
    return place.rpartition("site-packages/")[2]
