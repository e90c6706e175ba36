"""Which tests are a module's own: those that ought to notice a fault in it."""

from pathlib import Path

# Of `pagekit`, where a test file's name is not its module's, or is not all of it. The quickest
# first: those that start builds and previews come last, and only where nothing else would notice.
# Keys are modules, or rooms for all others in them; paths start at tests/pagekit.
READ = (
    *("read/test_pages.py", "read/code/test_fences.py", "read/code/test_fence_words.py"),
    *("read/test_text.py", "read/test_blocks.py", "read/test_sections.py"),
)
PROSE = "render/words/test_prose.py"
SHOWN = (
    *("render/words/test_inline.py", "render/code/test_cells.py", "render/test_origin.py"),
    *("render/test_rendering.py", PROSE, "render/test_extension.py"),
)
FIGURES = (
    *(f"render/figures/test_{name}.py" for name in ("svg", "grids", "lightening")),
    PROSE,
)
TEX = ("render/tex/test_breaks.py", "render/tex/test_maths.py")
DRAWN = (
    *("render/diagrams/test_parts.py", "render/diagrams/test_phones.py"),
    "render/diagrams/test_drawing.py",
)
ITEMS, SIDE_BY_SIDE = "run/parallel/test_items.py", "run/parallel/test_side_by_side.py"
RUNS = (
    *("run/test_session.py", ITEMS),
    *("run/test_plugin.py", SIDE_BY_SIDE, "build/test_commands.py"),
)
BLOCKS = (
    *("run/process/test_limits.py", "run/process/test_watch.py", "run/process/test_program.py"),
    *("run/process/test_forkserver.py", "run/process/test_refusals.py"),
)
COMMANDS = ("run/parallel/test_pool.py", "run/process/test_ends.py")
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
SERVED = ("build/live/test_pages.py", "build/test_commands.py", "build/test_serve.py")
OF_PAGEKIT: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("errors", "project", "suggest", "read"), (*READ, PROSE)),
    "run": (*RUNS, *BLOCKS),
    **dict.fromkeys(("run/artefact_list", "run/artefacts"), ASKED),
    "run/parallel/artefact_items": (ITEMS, *ASKED, SIDE_BY_SIDE),
    "run/codeblocks": ("run/parallel/test_pool.py", "read/test_blocks.py"),
    "run/chains": ("run/test_session.py", "run/test_claims.py", "run/test_faults.py"),
    "run/fingerprint": ("run/test_artefacts.py",),
    "run/parallel/items": (SIDE_BY_SIDE,),
    "run/making": MADE,
    "run/parallel/pool": (SIDE_BY_SIDE,),
    **dict.fromkeys(("run/environment", "run/process"), BLOCKS),
    **dict.fromkeys(("run/parallel/command", "run/parallel/leash"), COMMANDS),
    **dict.fromkeys(("run/process/jobs", "run/process/orphans"), (*BLOCKS, COMMANDS[-1])),
    "run/process/scratch": BLOCKS[-2:],
    **dict.fromkeys(("run/reads", "run/recording", "run/results"), RECORDED),
    "run/parallel/schedule": (SIDE_BY_SIDE,),
    "run/session": RUNS,
    "run/parallel/side_by_side": (ITEMS, SIDE_BY_SIDE),
    "run/recorded": ("run/test_claims.py", "build/test_record.py"),
    "render": SHOWN,
    "render/words/bibliography": ("render/words/test_citations.py",),
    "render/figures": FIGURES,
    "render/tex/formulas": ("render/words/test_inline.py", *TEX),
    "render/code/kept": ("render/code/test_kept.py",),
    "render/diagrams": DRAWN,
    "render/diagrams/ahead": (ITEMS, *DRAWN),
    "labs": LABS,
    "labs/plugin": (ITEMS, *LABS),
    "course": tuple(f"course/test_{name}.py" for name in COURSE),
    "build": ("build/test_commands.py", "build/test_site.py", "run/test_faults.py"),
    **dict.fromkeys(("build/anatomy", "build/new", "build/preview"), BEGUN),
    "build/book/pdf": ("build/book/test_pdf.py",),
    "build/assets/pictures": ("build/test_complaints.py",),
    "build/live/changes": ("build/test_complaints.py", "build/test_serve.py"),
    "build/complaints": ("build/test_site.py",),
    "build/assets/emblem": ("build/test_complaints.py", "build/assets/test_pictures.py"),
    **dict.fromkeys(("build/live/pages", "build/live/reruns", "build/serve"), SERVED),
    "build/search": ("build/test_search.py",),
    "build/stamp": ("build/test_site.py",),
}
# Of `snippets`, where a module is tested with another.
OF_SNIPPETS: dict[str, tuple[str, ...]] = {
    "inference/batched_generation": ("inference/test_batched_generation.py",),
    "modern/architecture/__main__": ("modern/architecture/test_model_costs.py",),
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
