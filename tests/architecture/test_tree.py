"""The tree itself: what must be there, what must not, and what no file may say."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.architecture.support import ROOT, tracked_files, where

# Assembled, so that this file does not say it either.
FORBIDDEN_TEXT = {
    "a package index host": re.compile(
        "|".join(["py" + r"pi\.org", "python" + "hosted", r"npm" + r"js\.org", "extra-" + "index"])
    ),
    "a path of somebody's machine": re.compile(r"(?<![\w.$}])/(?:work|root|home/\w+|Users)/"),
    "a private key": re.compile("BEGIN [A-Z ]*PRIVATE" + " KEY"),
}
SAYS_IT_FOR_A_REASON = {
    # The image's own user and folders.
    "Dockerfile",
}
TEXT_SUFFIXES = {
    ".py", ".md", ".toml", ".yaml", ".yml", ".json", ".sh", ".lock", ".txt", ".html", ".po", "",
}  # fmt: skip
DATA_LIMIT_BYTES = 4_000_000


def test_apps_have_their_parts() -> None:
    for apps in (ROOT / "platform" / "optilearn").glob("*/apps.py"):
        folder = apps.parent
        assert (folder / "__init__.py").exists(), where(folder)
        if (folder / "models.py").exists():
            assert (folder / "migrations" / "__init__.py").exists(), where(folder)


def test_no_file_names_an_index_or_a_machine() -> None:
    found = []
    for path in tracked_files():
        if path.suffix not in TEXT_SUFFIXES or where(path) in SAYS_IT_FOR_A_REASON:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        for what, pattern in FORBIDDEN_TEXT.items():
            for match in pattern.finditer(text):
                line = text.count("\n", 0, match.start()) + 1
                found.append(f"{where(path, line)} names {what}: {match.group()}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "name", ["requirements.lock", "requirements-production.lock", "requirements-build.lock"]
)
def test_locks_hold_exact_versions_and_hashes(name: str) -> None:
    text = (ROOT / name).read_text()
    requirements = [line for line in text.splitlines() if line and line[0] not in " #-"]
    assert requirements
    assert all(re.match(r"[a-z0-9._-]+(\[[a-z,0-9-]+\])?==\S+ ", line) for line in requirements)
    assert text.count("--hash=sha256:") >= len(requirements)


def test_locks_hold_what_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = list(project["dependencies"])
    locked = locked_names("requirements-production.lock")
    assert names(asked) <= locked
    for extra in project["optional-dependencies"].values():
        asked += extra
    assert names(asked) <= locked_names("requirements.lock")
    embedded = names(project["optional-dependencies"]["embedded"])
    assert not embedded & locked, "the image must not hold a database of its own"


def test_locks_agree_with_each_other() -> None:
    everything = versions("requirements.lock")
    for name in ("requirements-production.lock", "requirements-build.lock"):
        part = versions(name)
        assert part == {key: everything[key] for key in part}, name


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=~! ;]", line)[0].lower().replace("_", "-") for line in requirements}


def versions(name: str) -> dict[str, str]:
    pairs = re.findall(
        r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", (ROOT / name).read_text(), re.MULTILINE
    )
    return dict(pairs)


def locked_names(name: str) -> set[str]:
    return set(versions(name))


def test_the_sample_is_small_and_attributed() -> None:
    sample = ROOT / "data" / "oulad_sample"
    tables = sorted(path.stem for path in sample.glob("*.parquet"))
    assert tables == [
        "assessments", "courses", "studentAssessment", "studentInfo", "studentRegistration",
        "studentVle", "vle",
    ]  # fmt: skip
    assert sum(path.stat().st_size for path in sample.iterdir()) < DATA_LIMIT_BYTES
    source = (sample / "SOURCE.md").read_text()
    for needed in ("Kuzilek", "Hlosta", "Zdrahal", "10.1038/sdata.2017.171", "CC BY 4.0"):
        assert needed in source


def test_make_help_explains_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    said = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert {"demo", "up", "test", "fast", "lint", "bench", "help"} <= targets
    assert set(re.findall(r"^  make ([a-z]+) +\S", said, re.MULTILINE)) == targets


def test_shell_scripts_stop_at_the_first_error() -> None:
    scripts = [path for path in tracked_files() if path.suffix == ".sh"] + [ROOT / ".ci" / "run"]
    for path in scripts:
        assert "set -euo pipefail" in path.read_text(), where(path)
        assert Path(path).stat().st_mode & 0o100, f"{where(path)} is not executable"
