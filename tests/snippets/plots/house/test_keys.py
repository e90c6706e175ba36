"""Keys below plots read row by row."""

from snippets.plots.house.keys import by_columns, key_below
from snippets.plots.house.style import finish, house_style, new_figure


def test_names_read_from_left_to_right_though_columns_are_filled() -> None:
    names = ["a", "b", "c", "d", "e"]
    filled = by_columns(names, 3)  # matplotlib fills columns of 2, 2 and 1
    columns = [filled[0:2], filled[2:4], filled[4:5]]
    rows = [[column[row] for column in columns if row < len(column)] for row in range(2)]
    assert rows == [["a", "b", "c"], ["d", "e"]]


def test_a_key_stands_below_the_plot_with_each_name_at_its_handle() -> None:
    with house_style():
        figure, (axes,) = new_figure(4.0, 3.0)
        lines = [axes.plot([0, 1], [n, n], color=hue)[0] for n, hue in enumerate(("red", "blue"))]
        key_below(figure, [*lines, lines[0]], ["one", "$two$", "three"], 2)
        finish(figure)
    (key,) = figure.legends
    frame = axes.get_window_extent()
    boxes = {text.get_text(): text.get_window_extent() for text in key.get_texts()}
    assert all(box.y1 < frame.y0 for box in boxes.values())
    assert boxes["one"].y0 == boxes["$two$"].y0 > boxes["three"].y0
    assert boxes["one"].x0 == boxes["three"].x0 < boxes["$two$"].x0
    assert boxes["one"].x0 < (frame.x0 + frame.x1) / 2  # on the left
    colours = {
        text.get_text(): handle.get_color()
        for text, handle in zip(key.get_texts(), key.get_lines(), strict=True)
    }
    assert colours == {"one": "red", "$two$": "blue", "three": "red"}
