"""What a build took: read from the report of GNU time itself, and never from half a one."""

import pytest

from benchmarks import __main__ as command
from benchmarks.build_cost import clock, read_report
from benchmarks.recorded import load

REPORT = """running blocks: 100%
\tCommand being timed: "make site"
\tUser time (seconds): 2471.25
\tSystem time (seconds): 128.75
\tPercent of CPU this job got: 180%
\tElapsed (wall clock) time (h:mm:ss or m:ss): 24:04.50
\tMaximum resident set size (kbytes): 905212
\tExit status: 0
"""
WHOLE = """\tCommand being timed: "python3 -c sum(range(10**7))"
\tUser time (seconds): 0.33
\tSystem time (seconds): 0.00
\tPercent of CPU this job got: 47%
\tElapsed (wall clock) time (h:mm:ss or m:ss): 0:00.70
\tAverage shared text size (kbytes): 0
\tAverage unshared data size (kbytes): 0
\tAverage stack size (kbytes): 0
\tAverage total size (kbytes): 0
\tMaximum resident set size (kbytes): 13404
\tAverage resident set size (kbytes): 0
\tMajor (requiring I/O) page faults: 0
\tMinor (reclaiming a frame) page faults: 9406
\tVoluntary context switches: 99
\tInvoluntary context switches: 123
\tSwaps: 0
\tFile system inputs: 0
\tFile system outputs: 0
\tSocket messages sent: 0
\tSocket messages received: 0
\tSignals delivered: 0
\tPage size (bytes): 4096
\tExit status: 0
"""


def test_a_report_is_read_to_its_digits() -> None:
    row = read_report(REPORT)
    assert row == {
        "command": "make site",
        "user_seconds": 2471.25,
        "system_seconds": 128.75,
        "wall_seconds": 24 * 60 + 4.5,
        "kilobytes": 905_212,
    }


def test_of_several_reports_the_last_counts() -> None:
    again = REPORT.replace("2471.25", "1.5").replace("make site", "make page P=x")
    assert read_report(REPORT + again)["user_seconds"] == 1.5
    assert read_report(REPORT + again)["command"] == "make page P=x"


@pytest.mark.parametrize(
    ("text", "seconds"), [("0:03.25", 3.25), ("1:02:03", 3723), ("59:59", 3599)]
)
def test_clocks(text: str, seconds: float) -> None:
    assert clock(text) == seconds


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no report of GNU time"),
        ("real\t0m3.2s\n", "no report of GNU time"),
        (REPORT.replace("User time", "user"), "has no user_seconds"),
        (REPORT.split("\tElapsed")[0], "has no wall, kilobytes, status"),
        (REPORT.replace("Exit status: 0", "Exit status: 2"), "failed with status 2"),
    ],
)
def test_half_a_report_and_a_failed_build_are_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_report(text)


def test_a_whole_report_as_gnu_time_1_9_writes_it() -> None:
    row = read_report(WHOLE)
    assert row["command"] == "python3 -c sum(range(10**7))"
    assert (row["user_seconds"], row["system_seconds"], row["wall_seconds"]) == (0.33, 0.0, 0.7)


def test_it_is_recorded_with_the_revision_that_was_built(tmp_path, capsys) -> None:
    (tmp_path / "report.txt").write_text(REPORT, "utf-8")
    words = ["build-cost", "--report", str(tmp_path / "report.txt"), "--out", str(tmp_path)]
    assert command.main([*words, "--revision", "abc123"]) == 0
    result = load("build-cost", tmp_path)
    assert result["settings"] == {"revision": "abc123"}
    assert result["rows"][0]["user_seconds"] == 2471.25
    assert result["measured"]["processor"]
    assert "| user_seconds | 2471.25 |" in capsys.readouterr().out


def test_a_report_that_is_not_there_is_one_line(tmp_path, capsys) -> None:
    assert command.main(["build-cost", "--report", str(tmp_path / "none")]) == 1
    assert "benchmarks: " in capsys.readouterr().err
