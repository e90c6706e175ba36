"""``python -m pagekit.build.record [PAGE]``: keep runs in which the claims of blocks hold.

Runs each block that carries a claim, of one page or of all, on this machine, which should do
nothing else meanwhile. Where the claim holds, the run is written to ``docs/data/recorded``, to be
committed; a build whose own runs don't bear the claim out shows it.
"""

import sys

from tqdm import tqdm

from pagekit.build.preview import find
from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.blocks import Chain, Page, read_page
from pagekit.run import artefacts, recorded, results
from pagekit.run.chains import not_borne_out, run_until_it_holds
from pagekit.run.parallel import schedule
from pagekit.run.parallel.pool import Pool


def keep_runs(pages: list[Page], project: Project) -> int:
    """Run the blocks of these pages that carry claims, and keep the runs; returns how many.

    Raises:
        PageError: with one line for each block that failed, or whose claim did; the runs of the
            others are kept.
    """
    chains = [(page, chain) for page in pages for chain in page.chains if recorded.claims(chain)]
    for page in pages:
        recorded.prune(page, project)
    artefacts.make_for([page for page, _ in chains], project)
    faults: list[str] = []
    pool = Pool(project.root)
    try:
        for page, chain in tqdm(chains, desc="measuring", unit="block", file=sys.stderr):
            try:
                _keep(pool, page, chain, project)
            except PageError as error:
                faults.append(str(error))
    finally:
        pool.close()
    if faults:
        raise PageError("\n".join(faults))
    return len(chains)


def _keep(pool: Pool, page: Page, chain: Chain, project: Project) -> None:
    with pool.server(schedule.cores() if chain.alone else 1) as server:
        result, broken = run_until_it_holds(server, page, chain, project)
    if broken:
        so = "; none is kept: measure where nothing else runs, or claim less"
        raise not_borne_out(broken, page, chain, so)
    recorded.keep(result, page, chain, project)
    results.save(result, page, chain, project)


def main() -> int:
    """Keep the runs of the page that the command line names, or of all."""
    project = Project.here()
    if len(sys.argv) > 2:
        print("usage: make record P=training/speed", file=sys.stderr)
        return 2
    try:
        paths = [find(sys.argv[1], project)] if sys.argv[1:] else project.pages()
        kept = keep_runs([read_page(p, project) for p in paths if p.suffix == ".md"], project)
    except PageError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Runs kept: {kept}, in {project.relative(project.recorded)}. Commit them.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
