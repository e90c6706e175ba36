"""Keys below plots read row by row."""

from snippets.plots.house.keys import by_columns


def test_names_read_from_left_to_right_though_columns_are_filled() -> None:
    names = ["a", "b", "c", "d", "e"]
    filled = by_columns(names, 3)  # matplotlib fills columns of 2, 2 and 1
    columns = [filled[0:2], filled[2:4], filled[4:5]]
    rows = [[column[row] for column in columns if row < len(column)] for row in range(2)]
    assert rows == [["a", "b", "c"], ["d", "e"]]
