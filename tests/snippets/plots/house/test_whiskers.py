"""Whiskers: where a spread was measured, and nowhere else."""

import matplotlib.pyplot as plt
import numpy as np

from snippets.plots.house.whiskers import whiskers


def test_only_what_has_a_spread_has_a_whisker() -> None:
    figure, axes = plt.subplots()
    whiskers(axes, np.array([1.0, 2.0, 3.0]), np.array([[0.5, 0.0, 0.0], [0.25, 0.0, 1.0]]))
    (lines,) = axes.collections
    ends = [np.asarray(one.vertices).tolist() for one in lines.get_paths()]
    assert ends == [[[0.5, 0], [1.25, 0]], [[3, 2], [4, 2]]]
    plt.close(figure)
