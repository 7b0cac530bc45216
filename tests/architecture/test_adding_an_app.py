"""docs/adding-an-app.md is carried out in a copy of the repository, and its tests pass there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.support import ROOT, tracked_files

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs" / "adding-an-app.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```python\n# (\S+)\n(.*?)```", re.DOTALL)
LINE = re.compile(r"^\| `([\w./]+)` \| `(.+?)` \| `(.+?)` \|$", re.MULTILINE)
CHECKS = (
    "tests/optilearn/bookmarks",
    "tests/optilearn/privacy/test_rules.py",
    "tests/demo/test_owned_tables.py",
    "tests/architecture/test_isolation.py",
    "tests/architecture/test_imports.py",
    "tests/architecture/test_sql_ownership.py",
    "tests/optilearn/test_permissions.py",
)


def copy_of_the_repository(root: Path) -> None:
    for path in tracked_files():
        name = path.relative_to(ROOT)
        if name.parts[0] != "findings":
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, root / name)


def carry_out(root: Path) -> None:
    """Write the page's modules, and add its lines with the indentation of those above."""
    for name, text in BLOCK.findall(PAGE):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for package in ("platform/optilearn/bookmarks", "platform/optilearn/bookmarks/migrations"):
        (root / package).mkdir(exist_ok=True)
        (root / package / "__init__.py").touch()
    for name, below, added in LINE.findall(PAGE):
        lines = (root / name).read_text(encoding="utf-8").splitlines()
        at = next(i for i, line in enumerate(lines) if line.strip() == below)
        indentation = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
        lines.insert(at + 1, indentation + added)
        (root / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def run(root: Path, *command: str) -> None:
    environment = os.environ | {
        "PYTHONPATH": f"{root}{os.pathsep}{root / 'platform'}",
        "OPTILEARN_HOME": str(root / ".optilearn"),
    }
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_CURRENT_TEST", "PYTEST_ADDOPTS"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, *command],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-2000:]}"


@pytest.mark.slow
def test_the_page_makes_an_app_that_the_build_accepts(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    copy_of_the_repository(root)
    subprocess.run(["git", "init", "-q", "."], cwd=root, check=True)
    carry_out(root)
    run(root, "-m", "ruff", "check", "--quiet", "platform/optilearn/bookmarks", "tests")
    run(root, "-m", "optilearn", "makemigrations", "bookmarks", "--verbosity", "0")
    run(root, "-m", "optilearn", "openapi")
    run(root, "-m", "pytest", "-n0", "-q", *CHECKS, "-k", "ookmark or not test_permissions")
