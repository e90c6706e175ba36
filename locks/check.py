"""Refuses lock files that are not made of the requirements beside them: `python -m locks.check`."""

import sys

from locks.files import BUILDS, INPUTS, LOCKS, ROOT, lock, pins


def faults() -> list[str]:
    """What is pinned but not so locked, or locked without a hash; one line each."""
    found = []
    for source, locks in INPUTS.items():
        locked = {entry.name: entry for part in locks for entry in lock(part)}
        for name, version in pins((ROOT / source).read_text("utf-8")).items():
            there = locked[name].version if name in locked else "no version of it"
            if there != version:
                found.append(f"{source} pins {name} at {version}, and the lock has {there}")
    builds = [entry.version.removesuffix("+cpu") for part in BUILDS for entry in lock(part)]
    if len(builds) != 2 or builds[0] != builds[1]:
        found.append(f"the builds of torch are locked at {builds}, not both at one version")
    for part in LOCKS:
        bare = [entry.name for entry in lock(part) if not entry.hashes]
        found += [f"locks/{part}.txt has no hash of {name}" for name in bare]
    return found


if __name__ == "__main__":
    if lines := faults():
        sys.exit("\n".join([*lines, "Renew the lock files: make lock"]))
