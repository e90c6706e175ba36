"""Does a result still belong to the code, data and settings that made it? A hash tells."""

# --8<-- [start:imports]
import ast
import hashlib
from importlib.util import find_spec
from pathlib import Path

# --8<-- [end:imports]


# --8<-- [start:sources]
def sources_of(module: str) -> dict[str, Path]:
    """The module and all modules of its package that it imports, however indirectly: name -> file.

    Found by reading the import statements, so nothing is run.
    """
    package, found, waiting = module.partition(".")[0], {}, [module]
    while waiting:
        name = waiting.pop()
        spec = find_spec(name)
        if name in found or spec is None or spec.origin is None:
            continue
        found[name] = Path(spec.origin)
        tree = ast.parse(found[name].read_bytes())
        for node in ast.walk(tree):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = [node.module]
            waiting += [n for n in names if n.partition(".")[0] == package]
    return dict(sorted(found.items()))


# --8<-- [end:sources]


# --8<-- [start:code-hash]
def code_hash(path: Path) -> str:
    """A hash of what a Python file does: comments, docstrings and layout do not count.

    So a better explanation of the training does not cost a new training.
    """
    tree = ast.parse(path.read_bytes())
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and body:
            first = body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                first.value.value = None
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


# --8<-- [end:code-hash]


# --8<-- [start:fingerprint]
def fingerprint(module: str, *parts: object) -> str:
    """A hash of the code of a module with all it imports, and of the parts, by their repr."""
    digest = hashlib.sha256()
    for name, path in sources_of(module).items():
        digest.update(f"{name} {code_hash(path)}\n".encode())
    for part in parts:
        digest.update(f"{part!r}\n".encode())
    return digest.hexdigest()


# --8<-- [end:fingerprint]
