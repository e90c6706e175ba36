"""Hooks that our pytest plugins call."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pagekit.run.parallel.items import PooledItem


def pytest_pagekit_running(items: "list[PooledItem]") -> None:
    """Which items are running now; called about twice a second."""
