from benchmarks.rounds import Variant, round_robin


def test_every_variant_is_measured_once_a_round_after_warming_up():
    calls = []

    def variant(name):
        def measure():
            calls.append(name)
            return float(len(calls))

        return Variant({"name": name}, measure)

    rows = round_robin("speed", [variant(name) for name in "abc"], 3, "seconds")
    assert [row["name"] for row in rows] == list("abc")
    assert calls[:3] == list("abc")  # warming up, and not recorded
    for start in (3, 6, 9):
        assert sorted(calls[start : start + 3]) == list("abc")
    assert len({tuple(calls[start : start + 3]) for start in (3, 6, 9)}) == 3
    # Each number lies where it belongs: the call that gave it was this variant's.
    for row in rows:
        assert [calls[int(number) - 1] for number in row["seconds"]] == [row["name"]] * 3
