"""Where to find what the course trained or measured before its pages were made."""

from pathlib import Path


def artefact_folder(name: str, folder: Path | None = None) -> Path:
    """The folder of an artefact: within this package, if it was installed, or in `build` beside it.

    Where neither is there, the second: the place where the project's build would make it. A
    `folder` that is given is where it lies, whatever else there is.
    """
    if folder is not None:
        return folder
    package = Path(__file__).resolve().parent
    places = (package / name, package.parent / "build" / name)
    return next((place for place in places if place.is_dir()), places[-1])
