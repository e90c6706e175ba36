"""Whiskers: where a spread was measured, and nowhere else."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_hex

from snippets.plots.house.style import PALETTE
from snippets.plots.house.whiskers import whiskers


def test_only_what_has_a_spread_has_a_whisker() -> None:
    figure, axes = plt.subplots()
    whiskers(axes, np.array([1.0, 2.0, 3.0]), np.array([[0.5, 0.0, 0.0], [0.25, 0.0, 1.0]]))
    (lines,) = axes.collections
    ends = [np.asarray(one.vertices).tolist() for one in lines.get_paths()]
    assert ends == [[[0.5, 0], [1.25, 0]], [[3, 2], [4, 2]]]
    plt.close(figure)


def test_a_whisker_is_seen_on_its_bar_too() -> None:
    figure, axes = plt.subplots()
    whiskers(axes, np.array([1.0]), np.array([[0.5], [0.25]]))
    parts: list[Any] = [*axes.lines, *axes.collections]
    assert len(parts) == 3  # two caps and what is between them
    for part in parts:
        (effect,) = part.get_path_effects()
        assert effect._gc["foreground"] == PALETTE["paper"]
        assert effect._gc["linewidth"] > np.max(part.get_linewidth())
    (line,) = axes.collections
    assert to_hex(np.asarray(line.get_edgecolor())[0]) == PALETTE["ink"]
    assert [np.asarray(cap.get_xdata()).tolist() for cap in axes.lines] == [[0.5], [1.25]]
    assert all(cap.get_markersize() > 2 for cap in axes.lines)
    plt.close(figure)
