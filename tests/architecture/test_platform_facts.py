"""`platform/` is a source folder that shares its name with a module of the standard library.

Without an `__init__.py` in it the standard library's module wins everywhere. With one, the
interpreter itself breaks: `uuid` fails to import, and with it most of the world.
"""

import platform
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def import_uuid_in(folder: Path) -> "subprocess.CompletedProcess[str]":
    """Import uuid as a program does that starts in this folder."""
    code = "import platform, uuid; print(platform.__file__, platform.system())"
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_source_folder_is_no_package() -> None:
    assert (ROOT / "platform" / "optilearn" / "__init__.py").is_file()
    assert not (ROOT / "platform" / "__init__.py").exists()


def test_no_test_folder_is_named_platform_either() -> None:
    assert not (ROOT / "tests" / "platform").exists()


def test_the_standard_library_wins_here_and_now() -> None:
    standard = Path(sysconfig.get_path("stdlib")).resolve()
    assert platform.__file__ is not None
    assert Path(platform.__file__).resolve().parent == standard
    assert platform.system()


def test_the_standard_library_wins_in_the_root_of_the_repository() -> None:
    done = import_uuid_in(ROOT)
    assert done.returncode == 0, done.stderr
    assert str(ROOT) not in done.stdout.split()[0] or ".venv" in done.stdout.split()[0]


def test_a_stray_init_file_breaks_the_interpreter(tmp_path: Path) -> None:
    (tmp_path / "platform" / "optilearn").mkdir(parents=True)
    assert import_uuid_in(tmp_path).returncode == 0
    (tmp_path / "platform" / "__init__.py").touch()
    done = import_uuid_in(tmp_path)
    assert done.returncode != 0
    assert "platform" in done.stderr
