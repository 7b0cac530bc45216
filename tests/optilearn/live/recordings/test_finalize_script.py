"""The finalize script itself, run as Jibri runs it: detached, repeated, killed, resumed."""

from __future__ import annotations

import ast
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.finalizing import SCRIPT, Fault, OptiLearnServer, installed, wait_until
from tests.support.jibri import MP4

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SESSION = "7-" + "0f" * 16


@pytest.fixture
def product() -> Iterator[OptiLearnServer]:
    with OptiLearnServer(SECRET) as server:
        yield server


@pytest.fixture
def script(tmp_path: Path, product: OptiLearnServer) -> Path:
    return installed(tmp_path / "jibri", product.url, SECRET)


def a_folder(tmp_path: Path, name: str = SESSION, *, media: bytes | None = MP4) -> Path:
    folder = tmp_path / "recordings" / name
    folder.mkdir(parents=True)
    if media is not None:
        (folder / "room1_2026-12-01-10-00-00.mp4").write_bytes(media)
    meeting = {"meeting_url": "https://meet.example.org/room1", "participants": [{"name": "Lena"}]}
    (folder / "metadata.json").write_text(json.dumps(meeting))
    return folder


def run(script: Path, *arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    """As Jibri does: its output is read to the end."""
    return subprocess.run(
        [sys.executable, script, *arguments], capture_output=True, check=False, timeout=60
    )


def state_of(folder: Path) -> str:
    try:
        return str(json.loads((folder / ".optilearn.json").read_text()).get("state", ""))
    except (OSError, ValueError):
        return ""


def lines(script: Path) -> list[str]:
    log = script.parent / "log"
    return log.read_text().splitlines() if log.exists() else []


def test_it_needs_nothing_but_python() -> None:
    tree = ast.parse(SCRIPT.read_text())
    names = {
        (node.module if isinstance(node, ast.ImportFrom) else alias.name) or ""
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names
    ast.parse(SCRIPT.read_text(), feature_version=(3, 9))


def test_a_film_is_brought_and_its_folder_removed(
    tmp_path: Path, product: OptiLearnServer, script: Path
) -> None:
    folder = a_folder(tmp_path)
    assert run(script, folder).returncode == 0
    wait_until(lambda: not folder.exists())
    assert product.films == {SESSION: MP4}
    assert product.announced == [
        {"sessionId": SESSION, "contentType": "video/mp4", "size": len(MP4), "room": "room1"}
    ]
    assert product.reports == [{"type": "recording.uploaded", "data": {"sessionId": SESSION}}]


def test_jibri_waits_for_nothing(tmp_path: Path, product: OptiLearnServer, script: Path) -> None:
    product.faults.set(Fault.HANG)
    folder = a_folder(tmp_path)
    assert run(script, folder).returncode == 0  # though nobody answers
    assert folder.exists()
    product.faults.set(None)
    product.cut()
    wait_until(lambda: not folder.exists())


@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.DROP, Fault.FULL, Fault.UNSIGNED])
def test_it_repeats_until_it_works(
    tmp_path: Path, product: OptiLearnServer, script: Path, fault: Fault
) -> None:
    product.faults.plan = lambda number, _: fault if number in {1, 2, 4, 6} else None
    folder = a_folder(tmp_path)
    run(script, folder)
    wait_until(lambda: not folder.exists())
    assert product.films == {SESSION: MP4}
    assert product.uploads == 1


def test_an_answer_that_is_lost_sends_nothing_twice(
    tmp_path: Path, product: OptiLearnServer, script: Path
) -> None:
    product.faults.plan = lambda number, _: Fault.TAKE_AND_DROP if number in {2, 5} else None
    folder = a_folder(tmp_path)
    run(script, folder)
    wait_until(lambda: not folder.exists())
    assert (product.uploads, len(product.reports)) == (1, 2)


def test_a_film_that_is_not_there_any_more_is_sent_again(
    tmp_path: Path, product: OptiLearnServer, script: Path
) -> None:
    folder = a_folder(tmp_path)
    (folder / ".optilearn.json").write_text('{"sent": true}')
    run(script, folder)
    wait_until(lambda: not folder.exists())
    assert product.films == {SESSION: MP4}


@pytest.mark.parametrize("media", [None, b""])
def test_without_a_film_it_says_so(
    tmp_path: Path, product: OptiLearnServer, script: Path, media: bytes | None
) -> None:
    folder = a_folder(tmp_path, media=media)
    run(script, folder)
    wait_until(lambda: state_of(folder) == "NO_MEDIA")
    data = {"sessionId": SESSION, "failure": "NO_MEDIA"}
    assert product.reports == [{"type": "recording.failed", "data": data}]
    assert (folder / "metadata.json").exists()


def test_a_film_that_nobody_wants_stays_where_it_is(
    tmp_path: Path, product: OptiLearnServer, script: Path
) -> None:
    product.is_wanted = False
    folder = a_folder(tmp_path)
    run(script, folder)
    wait_until(lambda: state_of(folder) == "UNWANTED")
    assert (product.uploads, product.reports) == (0, [])
    assert list(folder.glob("*.mp4"))


def test_two_runs_at_once_bring_it_once(
    tmp_path: Path, product: OptiLearnServer, script: Path
) -> None:
    product.faults.set(Fault.DOWN)
    folder = a_folder(tmp_path)
    run(script, folder)
    wait_until(lambda: any("later" in line for line in lines(script)))
    run(script, folder)
    wait_until(lambda: any("another run" in line for line in lines(script)))
    product.faults.set(None)
    wait_until(lambda: not folder.exists())
    assert product.uploads == 1


def test_after_a_restart_all_that_is_left_is_brought(
    tmp_path: Path, product: OptiLearnServer, script: Path
) -> None:
    product.faults.set(Fault.DOWN)
    folder = a_folder(tmp_path)
    run(script, folder)
    wait_until(lambda: any("later" in line for line in lines(script)))
    os.kill(process_of(script), signal.SIGKILL)
    product.faults.set(None)
    other = a_folder(tmp_path, "7-" + "1e" * 16)
    empty = a_folder(tmp_path, "7-" + "2d" * 16, media=None)
    assert run(script, "--all", tmp_path / "recordings").returncode == 0
    wait_until(lambda: state_of(empty) == "NO_MEDIA")
    assert (folder.exists(), other.exists()) == (False, False)
    assert product.films.keys() == {folder.name, other.name}
    reported = len(product.reports)
    run(script, "--all", tmp_path / "recordings")
    wait_until(lambda: lines(script)[-1].endswith(f"{empty.name} NO_MEDIA"))
    assert len(product.reports) == reported


def process_of(script: Path) -> int:
    """The one process that runs this copy of the script."""
    (found,) = [
        int(path.name)
        for path in Path("/proc").iterdir()
        if path.name.isdigit() and str(script).encode() in command_of(path)
    ]
    return found


def command_of(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


def test_it_gives_up_in_the_end_and_keeps_the_film(
    tmp_path: Path, product: OptiLearnServer
) -> None:
    script = installed(tmp_path / "jibri", product.url, SECRET, giveUpSeconds=0.1)
    product.faults.set(Fault.DOWN)
    folder = a_folder(tmp_path)
    run(script, folder)
    wait_until(lambda: any("later" in line for line in lines(script)))
    wait_until(
        lambda: not any(str(script).encode() in command_of(p) for p in Path("/proc").iterdir())
    )
    assert (state_of(folder), list(folder.glob("*.mp4")) != []) == ("", True)


def test_films_are_never_in_memory_whole(tmp_path: Path, product: OptiLearnServer) -> None:
    """A film of 300 MB goes through a process that may have 200 MB in all."""
    script = installed(tmp_path / "jibri", product.url, SECRET)
    folder = a_folder(tmp_path)
    with next(folder.glob("*.mp4")).open("r+b") as film:
        film.truncate(300 * 1024**2)
    command = f'ulimit -v {200 * 1024}; exec "$0" "$@"'
    subprocess.run(["bash", "-c", command, sys.executable, script, folder], check=True)
    wait_until(lambda: not folder.exists())
    assert len(product.films[SESSION]) == 300 * 1024**2


@pytest.mark.parametrize(
    ("arguments", "status"), [([], 2), (["--all"], 2), (["a", "b"], 2), (["/no/folder"], 1)]
)
def test_what_it_is_not_called_with(script: Path, arguments: list[str], status: int) -> None:
    assert run(script, *arguments).returncode == status


def test_wrong_settings_are_told_at_once(tmp_path: Path, script: Path) -> None:
    (script.parent / "secret").write_text("whsec_\n")
    answer = run(script, a_folder(tmp_path))
    assert answer.returncode != 0
    assert b"secretFile" in answer.stderr
