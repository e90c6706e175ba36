"""Which tests are a module's own: those that ought to notice a fault in it."""

from pathlib import Path

# Of `pagekit`, where a test file's name is not its module's, or is not all of it. The quickest
# first: those that start builds and previews come last, and only where nothing else would notice.
# Keys are modules, or rooms for all others in them; paths start at tests/pagekit.
READ = (
    *("read/test_pages.py", "read/test_fences.py", "read/test_fence_words.py"),
    *("read/test_text.py", "read/test_blocks.py", "read/test_sections.py"),
)
SHOWN = (
    *("render/test_inline.py", "render/test_cells.py", "render/test_origin.py"),
    *("render/test_rendering.py", "render/test_prose.py", "render/test_extension.py"),
)
FIGURES = (
    *("render/test_figures.py", "render/test_grids.py", "render/test_lightening.py"),
    "render/test_prose.py",
)
DRAWN = (
    *("render/test_diagram_parts.py", "render/test_diagrams_on_phones.py"),
    "render/test_diagrams.py",
)
RUNS = (
    *("run/test_session.py", "run/test_items.py"),
    *("run/test_plugin.py", "run/test_side_by_side.py", "build/test_commands.py"),
)
BLOCKS = (
    *("run/process/test_limits.py", "run/process/test_watch.py", "run/process/test_program.py"),
    *("run/process/test_forkserver.py", "run/test_refusals.py"),
)
COMMANDS = ("run/test_pool.py", "run/process/test_ends.py")
RECORDED = (
    *("run/reads/test_marks.py", "run/reads/test_recording.py", "run/test_results.py"),
    "run/reads/test_reads.py",
)
MADE = ("run/test_artefact_list.py", "run/test_artefacts.py", "run/test_making.py")
ASKED = ("build/test_commands.py", *MADE, "run/test_artefacts_of_pages.py")
LABS = (
    *("labs/test_source.py", "labs/test_notebooks.py"),
    *("labs/test_page.py", "build/test_commands.py"),
)
COURSE = ("catalogue", "numbers", "lessons", "pictures", "lists")
BEGUN = ("build/test_preview.py",)
SERVED = ("build/test_live.py", "build/test_commands.py", "build/test_serve.py")
OF_PAGEKIT: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("errors", "project", "suggest", "read"), (*READ, "render/test_prose.py")),
    "run": (*RUNS, *BLOCKS),
    **dict.fromkeys(("run/artefact_list", "run/artefacts"), ASKED),
    "run/artefact_items": ("run/test_items.py", *ASKED, "run/test_side_by_side.py"),
    "run/codeblocks": ("run/test_pool.py", "read/test_blocks.py"),
    "run/chains": ("run/test_session.py", "run/test_claims.py", "run/test_faults.py"),
    "run/fingerprint": ("run/test_artefacts.py",),
    "run/items": ("run/test_side_by_side.py",),
    "run/making": MADE,
    "run/pool": ("run/test_side_by_side.py",),
    "run/process": BLOCKS,
    "run/process/command": COMMANDS,
    "run/process/leash": ("run/process/test_watch.py", *COMMANDS),
    **dict.fromkeys(("run/process/jobs", "run/process/orphans"), (*BLOCKS, COMMANDS[-1])),
    "run/process/scratch": BLOCKS[-2:],
    **dict.fromkeys(("run/reads", "run/recording", "run/results"), RECORDED),
    "run/schedule": ("run/test_side_by_side.py",),
    "run/session": RUNS,
    "run/side_by_side": ("run/test_items.py", "run/test_side_by_side.py"),
    "run/recorded": ("run/test_claims.py", "build/test_record.py"),
    "render": SHOWN,
    "render/bibliography": ("render/test_citations.py",),
    "render/figures": FIGURES,
    "render/formulas": ("render/test_inline.py", "render/test_breaks.py", "render/test_maths.py"),
    "render/kept": ("render/test_kept_runs.py",),
    "render/diagrams": DRAWN,
    "render/diagrams/ahead": ("run/test_items.py", *DRAWN),
    "labs": LABS,
    "labs/plugin": ("run/test_items.py", *LABS),
    "course": tuple(f"course/test_{name}.py" for name in COURSE),
    "build": ("build/test_commands.py", "build/test_site.py", "run/test_faults.py"),
    **dict.fromkeys(("build/anatomy", "build/new", "build/preview"), BEGUN),
    "build/book/pdf": ("build/test_book.py",),
    "build/assets": ("build/test_complaints.py",),
    "build/changes": ("build/test_complaints.py", "build/test_serve.py"),
    "build/complaints": ("build/test_site.py",),
    "build/emblem": ("build/test_complaints.py", "build/test_assets.py"),
    **dict.fromkeys(("build/live", "build/reruns", "build/serve"), SERVED),
    "build/search": ("build/test_search.py",),
    "build/stamp": ("build/test_site.py",),
}
# Of `snippets`, where a module is tested with another.
OF_SNIPPETS: dict[str, tuple[str, ...]] = {
    "inference/batched_generation": ("inference/test_batched_generation.py",),
    "modern/architecture/families": ("modern/architecture/test_model_costs.py",),
    "plots/head_maps": ("plots/test_heatmaps.py", "plots/house/test_widths.py"),
    "plots/drawings/shapes": (
        *("plots/drawings/test_sheet.py", "plots/drawings/test_heads.py"),
        *("plots/drawings/test_block.py", "plots/drawings/test_ring.py"),
    ),
    "training/__main__": ("training/test_command.py",),
    "transformer/minigpt_config": ("transformer/test_minigpt.py",),
    "transformer/encoder_decoders/sequence_to_sequence": (
        "transformer/encoder_decoders/test_encoder_decoder.py",
    ),
    "transformer/encoder_decoders/t5_weights": (
        "transformer/encoder_decoders/test_encoder_decoder.py",
    ),
    "using/publishing/interop_configs": ("using/publishing/test_interop.py",),
}


def own_tests(path: str, root: Path) -> list[str]:
    """The test files of a module (``snippets/plots/bars.py``), relative to the project's root.

    Raises ValueError for a module without any.
    """
    package, _, module = path.removesuffix(".py").partition("/")
    tests = root / "tests" / package
    room, _, name = module.rpartition("/")
    own = f"{room}/test_{name}.py".lstrip("/")
    table = {"pagekit": OF_PAGEKIT, "snippets": OF_SNIPPETS}.get(package, {})
    named = table.get(module, ())
    while not named and room and package == "pagekit":
        named, room = table.get(room, ()), room.rpartition("/")[0]
    files = dict.fromkeys([own, *named])
    found = [f"tests/{package}/{file}" for file in files if (tests / file).exists()]
    if not found:
        raise ValueError(f"{path} has no tests of its own: name them in {Path(__file__).name}")
    return found
