"""Says under a block that what it shows is a run kept with the pages, and none of this build."""

from datetime import date
from html import escape

from pagekit.read.blocks import Chain
from pagekit.run.chains import RUNS
from pagekit.run.recorded import claims
from pagekit.run.results import Result


def kept_html(chain: Chain, result: Result | None) -> str:
    """Where and when the run was, and why it is shown; empty for a run of this build."""
    if result is None or not result.measured:
        return ""
    day = date.fromisoformat(result.measured["date"])
    claimed = " and ".join(f"<code>{escape(claim, quote=False)}</code>" for claim in claims(chain))
    return (
        f'<p class="pk-recorded">Measured on {day.day} {day:%B %Y}, on this processor: '
        f"{escape(result.measured['processor'], quote=False)}. This build ran the block {RUNS} "
        f"times, and none of these runs bore out {claimed}.</p>"
    )
