"""The repository's own files, read as text and as syntax trees."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE_FOLDERS = ("platform", "reports", "dashboards", "pipelines", "worker")
CODE_FOLDERS = (*SOURCE_FOLDERS, "benchmarks", "scripts", "tests")


@cache
def tracked_files() -> tuple[Path, ...]:
    """What is in the repository, or would be: everything git doesn't ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return tuple(sorted(path for path in paths if path.is_file()))


def python_files(*folders: str) -> Iterator[Path]:
    """The Python files in these folders of the repository, migrations left out."""
    for path in tracked_files():
        parts = path.relative_to(ROOT).parts
        if path.suffix == ".py" and parts[0] in folders and "migrations" not in parts:
            yield path


@cache
def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def module_of(path: Path) -> str:
    """The dotted name a file is imported by."""
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    if parts[0] == "platform":
        parts = parts[1:]
    if parts[-1] == "__init__":
        parts = parts[:-1]
    return ".".join(parts)


def imported_modules(path: Path) -> Iterator[str]:
    """What a file imports, wherever in it, as `package.module` or `package.module.name`."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                package = module_of(path).split(".")
                drop = node.level if path.name != "__init__.py" else node.level - 1
                prefix = ".".join(package[: len(package) - drop])
                base = ".".join(part for part in (prefix, node.module) if part)
            else:
                base = node.module or ""
            yield from (f"{base}.{alias.name}" for alias in node.names)


def where(path: Path, line: int = 0) -> str:
    """A place in the repository, for a message."""
    return f"{path.relative_to(ROOT)}:{line}" if line else str(path.relative_to(ROOT))
