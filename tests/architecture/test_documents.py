"""What the documents point at is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture.support import CODE_FOLDERS, ROOT, python_files, where

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("data/**/*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CODE_PATH = re.compile(r"`([a-z_]+(?:/[a-z_0-9.]+)*/?(?:\.py|/))`")
HOMES = ("", "platform/optilearn", "reports", "pipelines/snapshots", "tests")
"""Where a path of code may begin: the walks of docs/ leave out the package they are in."""


def anchor(heading: str) -> str:
    """As the readers of Markdown make it: lower case, no punctuation, hyphens for blanks."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_there_are_documents() -> None:
    assert len(DOCUMENTS) > 25


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    for link in LINK.findall(path.read_text(encoding="utf-8")):
        if ":" in link:
            continue
        name, _, fragment = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), f"{link} leads nowhere"
        if fragment and target.suffix == ".md":
            headings = HEADING.findall(target.read_text(encoding="utf-8"))
            assert fragment in {anchor(h) for h in headings}, f"there is no heading {link}"


@pytest.mark.parametrize("name", ["docs/architecture.md", "CONTRIBUTING.md"])
def test_files_that_are_named_exist(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    apps = [p.relative_to(ROOT) for p in (ROOT / "platform/optilearn").iterdir() if p.is_dir()]
    for found in CODE_PATH.findall(text):
        homes = [*HOMES, *map(str, apps)]
        assert any((ROOT / home / found).exists() for home in homes), f"{found} isn't there"


REFERENCE = re.compile(r'(?<![\w/."-])((?:[\w-]+/)*[\w-]+\.md)(?:#([\w-]+))?')


def references() -> list[tuple[str, str, str]]:
    """Return (place, document, heading) of every document that code names."""
    return [
        (where(path), *found)
        for path in python_files(*CODE_FOLDERS)
        for found in REFERENCE.findall(path.read_text(encoding="utf-8"))
    ]


def test_documents_that_code_names_exist() -> None:
    found = references()
    assert len(found) > 40
    for place, name, heading in found:
        target = ROOT / name
        assert target.exists(), f"{place}: {name} isn't in the repository"
        if heading:
            headings = HEADING.findall(target.read_text(encoding="utf-8"))
            assert heading in {anchor(h) for h in headings}, f"{place}: no {name}#{heading}"


def test_every_decision_is_in_the_index() -> None:
    index = (ROOT / "docs/adr/README.md").read_text(encoding="utf-8")
    for path in ROOT.glob("docs/adr/0*.md"):
        assert f"]({path.name})" in index, f"{path.name} is missing from docs/adr/README.md"
