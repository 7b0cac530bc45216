"""The archive for an auditor: verified by ``sha256sum`` alone, the same for the same records."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from optilearn.compliance import archive as archives
from optilearn.compliance.archive import HashedArchive
from optilearn.compliance.models import Evidence
from optilearn.compliance.services import export_evidence
from optilearn.core import clock
from optilearn.core.audit import LogQuery, entries
from optilearn.files.access import UploadPlace
from optilearn.files.models import File
from optilearn.files.services import GeneratedFile, store_generated
from optilearn.files.stores import store
from tests.support.client import bearer, token_of
from tests.support.compliance import Office

PDF = b"%PDF-1.7\n" + bytes(range(256))
SHA256SUM = shutil.which("sha256sum")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "FILES_URL", (tmp_path / "store").as_uri())


def uploaded(office: Office, name: str = "tom", category: str = "evidence") -> int:
    with office.inside():
        return store_generated(
            place=UploadPlace(category),
            file=GeneratedFile.of("../प्रमाण=1.pdf", "application/pdf", PDF),
            owner=office.twin.principal(name),
        )


def a_school(office: Office) -> int:
    """Evidence with a file that was accepted, a waiver, words that a spreadsheet would run."""
    key = office.require(title="=HYPERLINK(1)", roles=["TEACHER", "HOD"])
    evidence = office.hand_in(key, fileId=uploaded(office), text="@SUM(1)")
    office.done("asha", "POST", f"compliance/evidence/{evidence}/accept", reason="हाँ")
    office.hand_in(key, "uma")
    hari = office.obligation(key, "hari")
    office.done("asha", "POST", f"compliance/obligations/{hari}/waive", reason="On leave, उदयपुर")
    return key


def fetched(office: Office, key: int) -> bytes:
    with clock.frozen(office.now):
        response = Client().get(
            f"/api/compliance/requirements/{key}/evidence",
            headers=bearer(token_of(office.twin, "asha")),
        )
    assert (response.status_code, response["Content-Type"]) == (200, "application/zip")
    return response.getvalue()


def unpacked(content: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        package.extractall(folder)
    return folder


def verified(folder: Path) -> int:
    """The command of docs/compliance.md."""
    assert SHA256SUM is not None
    command = [SHA256SUM, "--check", "--strict", "--quiet", "MANIFEST.sha256"]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True).returncode


def table(folder: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / name).read_text("utf-8-sig"))))


def test_the_archive_verifies_and_one_changed_byte_does_not(north: Office, tmp_path: Path) -> None:
    folder = unpacked(fetched(north, a_school(north)), tmp_path / "out")
    assert verified(folder) == 0
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) == 5
    for path in files:
        if path.name != "MANIFEST.sha256":
            whole = path.read_bytes()
            path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
            assert verified(folder) == 1, path
            path.write_bytes(whole)
    assert verified(folder) == 0
    next(iter(folder.glob("evidence/*/*.pdf"))).unlink()
    assert verified(folder) == 1


def test_it_says_who_met_it_by_what(north: Office, tmp_path: Path) -> None:
    folder = unpacked(fetched(north, a_school(north)), tmp_path / "out")
    rows = {one["personCode"]: one for one in table(folder, "obligations.csv")}
    assert {name: one["status"] for name, one in rows.items()} == {
        "tom": "MET",
        "uma": "PENDING",
        "hari": "WAIVED",
    }
    assert (rows["tom"]["metBy"], rows["tom"]["metAt"]) == ("EVIDENCE", "2026-03-02T09:00:00Z")
    assert (rows["hari"]["waivedBy"], rows["hari"]["waiverReason"]) == ("Asha", "On leave, उदयपुर")
    toms, umas = table(folder, "evidence.csv")
    assert (toms["text"], toms["fileName"], toms["reason"]) == ("'@SUM(1)", "प्रमाण=1.pdf", "हाँ")
    assert (folder / toms["path"]).read_bytes() == PDF
    assert toms["sha256"] in (folder / "MANIFEST.sha256").read_text()
    assert (umas["status"], umas["path"]) == ("SUBMITTED", "")
    facts = {one["field"]: one["value"] for one in table(folder, "requirement.csv")}
    assert (facts["title"], facts["statusesOn"]) == ("'=HYPERLINK(1)", "2026-03-02")


def test_the_same_records_are_the_same_bytes(north: Office) -> None:
    key = a_school(north)
    first = fetched(north, key)
    north.now += timedelta(hours=7)
    assert fetched(north, key) == first
    north.done("asha", "POST", f"compliance/requirements/{key}/archive")
    assert fetched(north, key) != first


def test_a_file_that_the_store_has_lost_is_named(north: Office, tmp_path: Path) -> None:
    key = a_school(north)
    with north.inside():
        store().delete(File.objects.get(category="evidence").key)
    folder = unpacked(fetched(north, key), tmp_path / "out")
    assert table(folder, "evidence.csv")[0]["sha256"] == "MISSING"
    assert verified(folder) == 0


def test_it_takes_a_fixed_number_of_statements_but_for_files(north: Office) -> None:
    key = north.require(roles=["TEACHER"])
    counts = []
    for roles in (["TEACHER"], ["TEACHER", "STUDENT", "HOD", "ANALYST", "FINANCE"]):
        assert north.change(key, roles=roles)[0] == 200
        for name in ("tom", "uma"):
            north.hand_in(key, name)
        with north.inside(), CaptureQueriesContext(connection) as queries:
            export_evidence(principal=north.twin.principal("asha"), requirement_id=key).close()
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_long_manifest_does_not_stay_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "_SPOOLED", 100)
    with (tmp_path / "a.zip").open("wb") as out:
        archive = HashedArchive(out)
        for number in range(50):
            archive.add(f"{number}.txt", [b"a", str(number).encode()])
        archive.close()
    folder = unpacked((tmp_path / "a.zip").read_bytes(), tmp_path / "out")
    assert verified(folder) == 0
    assert len((folder / "MANIFEST.sha256").read_text().splitlines()) == 50


def test_an_export_is_in_the_audit_log(north: Office) -> None:
    fetched(north, north.require())
    with north.inside():
        found, _total = entries(LogQuery(action="requirement.export"), slice(5))
    assert [one["actor_id"] for one in found] == [north.twin.people["asha"].pk]


@pytest.mark.parametrize(("category", "status"), [("submissions", 400), ("evidence", 201)])
def test_only_one_s_own_file_of_its_category_is_evidence(
    north: Office, category: str, status: int
) -> None:
    key = north.require()
    path = f"me/requirements/{north.obligation(key)}/evidence"
    for owner, expected in (("uma", 400), ("tom", status)):
        body = {"fileId": uploaded(north, owner, category), "requestId": owner}
        assert north.ask("tom", "POST", path, **body)[0] == expected


def test_evidence_is_read_by_its_owner_and_administrators(north: Office) -> None:
    key = north.require()
    file = uploaded(north)
    north.hand_in(key, fileId=file)
    seen = {name: north.ask(name, "GET", f"files/{file}/url")[0] for name in ("tom", "asha", "uma")}
    assert seen == {"tom": 200, "asha": 200, "uma": 404}


@pytest.mark.parametrize(("name", "status"), [("tom", 201), ("lena", 201), ("pia", 403)])
def test_who_can_owe_something_can_upload_evidence(north: Office, name: str, status: int) -> None:
    body: dict[str, Any] = {
        "filename": "a.pdf",
        "contentType": "application/pdf",
        "size": 10,
        "category": "evidence",
    }
    assert north.ask(name, "POST", "upload", **body)[0] == status


def test_of_an_erased_person_the_record_stays_and_the_words_go(
    north: Office, tmp_path: Path
) -> None:
    key = a_school(north)
    body = {"confirm": "tom", "reason": "Asked for it."}
    north.done("asha", "POST", f"people/{north.twin.people['tom'].pk}/erase", **body)
    folder = unpacked(fetched(north, key), tmp_path / "out")
    assert verified(folder) == 0
    text = "".join(path.read_text("utf-8", "replace") for path in folder.rglob("*.csv"))
    assert "Tom" not in text
    assert "SUM(1)" not in text
    assert [one["status"] for one in table(folder, "obligations.csv")].count("MET") == 1
    with north.inside():
        assert not Evidence.objects.exclude(file=None).exists()
        assert not File.objects.filter(category="evidence", is_kept=True).exists()
    north.tick()
    assert sum(status == "WITHDRAWN" for status in north.owed(key).values()) == 0


def test_an_erased_person_owes_nothing(north: Office) -> None:
    key = north.require()
    body = {"confirm": "tom", "reason": "Asked for it."}
    north.done("asha", "POST", f"people/{north.twin.people['tom'].pk}/erase", **body)
    assert sorted(north.owed(key).values()) == ["PENDING", "WITHDRAWN"]
