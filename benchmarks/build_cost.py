"""What a build of the site took, from a report of GNU time.

    /usr/bin/time -v make site 2> report.txt
    python -m benchmarks build-cost --report report.txt --revision NAME

Processor seconds are those of the command and of all that it started and waited for. The report may
stand at the end of what the build printed; of several, the last one counts. Record it on the
machine that built: the processor is taken from here, as with every benchmark.
"""

import re
from pathlib import Path

from benchmarks.options import Options
from benchmarks.recorded import Row, commit, markdown, record

NAME = "build-cost"
BEGIN = "Command being timed:"
LINES = {
    "user_seconds": r"User time \(seconds\): ([\d.]+)",
    "system_seconds": r"System time \(seconds\): ([\d.]+)",
    "wall": r"Elapsed \(wall clock\) time \(h:mm:ss or m:ss\): ([\d:.]+)",
    "kilobytes": r"Maximum resident set size \(kbytes\): (\d+)",
    "status": r"Exit status: (\d+)",
}


def read_report(text: str) -> Row:
    """The last report of GNU time in a text: command, seconds of processor and clock, memory.

    user_seconds and system_seconds are sums over all cores; kilobytes is the most that a single
    process held.

    Raises:
        ValueError: there is no report, a line of it is missing, or the command failed.
    """
    _, begin, report = text.rpartition(BEGIN)
    if not begin:
        raise ValueError("no report of GNU time: run the command under /usr/bin/time -v")
    found = {name: re.search(line, report) for name, line in LINES.items()}
    if missing := [name for name, match in found.items() if not match]:
        raise ValueError(f"the report of GNU time has no {', '.join(missing)}")
    said = {name: match[1] for name, match in found.items() if match}
    if said["status"] != "0":
        raise ValueError(f"the command failed with status {said['status']}: it built nothing whole")
    command = report.split("\n", 1)[0].strip().strip('"')
    return {
        "command": command,
        "user_seconds": float(said["user_seconds"]),
        "system_seconds": float(said["system_seconds"]),
        "wall_seconds": clock(said["wall"]),
        "kilobytes": int(said["kilobytes"]),
    }


def clock(text: str) -> float:
    """Seconds of a clock's h:mm:ss or m:ss.ss."""
    seconds = 0.0
    for part in text.split(":"):
        seconds = 60 * seconds + float(part)
    return seconds


def run(options: Options) -> None:
    """Record a report, with the revision that was built."""
    report = options.report or Path()
    row = read_report(report.read_text(encoding="utf-8", errors="replace"))
    settings = {"revision": options.revision or commit()}
    record(NAME, [row], settings, options.out)
    print(markdown([["what", "value"], *row.items()]))
