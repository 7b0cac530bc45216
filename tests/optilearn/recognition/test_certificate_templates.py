"""Templates: what was issued keeps the words that it had."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from optilearn.core.tenancy.context import tenant_context
from optilearn.files.access import UploadPlace
from optilearn.files.models import File
from optilearn.files.services import GeneratedFile, store_generated
from optilearn.recognition.models import CertificateTemplateVersion
from tests.optilearn.recognition.test_certificate_pdf import pdf_of, text_of
from tests.support.certificates import certified, done, refused
from tests.support.client import bearer, token_of
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
WORDS = {
    "name": "Safety",
    "title": "Safety <script>alert(1)</script>",
    "text": "passed #strong[all] tests of",
    "signatories": [{"name": "Asha Rao", "role": "Principal"}],
    "accentColor": "#aa0000",
}


def png(side: int = 8) -> bytes:
    """A red square."""
    rows = b"".join(b"\x00" + b"\xff\x00\x00" * side for _ in range(side))

    def chunk(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


@pytest.fixture(autouse=True)
def _folder(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "FILES_URL", tmp_path.as_uri())


def stored(twin: Twin, content: bytes, kind: str = "image/png", category: str = "image") -> int:
    with tenant_context(twin.id):
        return store_generated(
            place=UploadPlace(category),
            file=GeneratedFile.of("logo", kind, content),
            owner=twin.principal("asha"),
        )


def added(twin: Twin, **more: Any) -> Any:
    return done(twin, "asha", "POST", "/certificate-templates", WORDS | more)


def text_of_preview(twin: Twin, **content: Any) -> str:
    response = Client().post(
        "/api/certificate-templates/preview",
        content,
        content_type="application/json",
        headers=bearer(token_of(twin, "asha")),
    )
    assert response.status_code == 200, response.content
    return text_of(response.content)


def test_typed_words_are_printed_as_they_are(twins: Twins) -> None:
    north = twins[0]
    template = added(north, isDefault=True)
    assert template["version"] == 1
    text = text_of(pdf_of(north, "lena", certified(north).pk).content)
    for words in ("Safety <script>alert(1)</script>", "passed #strong[all] tests of", "Asha Rao"):
        assert words in text


def test_a_change_is_for_what_is_issued_from_now_on(twins: Twins) -> None:
    north = twins[0]
    template = added(north, isDefault=True)
    path = f"/certificate-templates/{template['id']}"
    first = certified(north, "lena")
    assert done(north, "asha", "PATCH", path, {"title": "New words"})["version"] == 2
    second = certified(north, "मीरा")
    assert "Safety" in text_of(pdf_of(north, "lena", first.pk).content)
    assert "New words" in text_of(pdf_of(north, "मीरा", second.pk).content)


def test_a_name_or_the_same_words_make_no_version(twins: Twins) -> None:
    north = twins[0]
    path = f"/certificate-templates/{added(north)['id']}"
    same = {"name": "Other", "title": WORDS["title"], "isDefault": True}
    changed = done(north, "asha", "PATCH", path, same)
    assert (changed["version"], changed["name"], changed["isDefault"]) == (1, "Other", True)


def test_there_is_one_default_and_a_course_may_have_another(twins: Twins) -> None:
    north = twins[0]
    first = added(north, isDefault=True)
    second = added(north, name="Second", title="Second words", isDefault=True)
    listed = done(north, "tom", "GET", "/certificate-templates")
    assert {one["name"]: one["isDefault"] for one in listed} == {"Safety": False, "Second": True}
    with tenant_context(north.id):
        versions = {one.template_id: one.pk for one in CertificateTemplateVersion.objects.all()}
    by_default = certified(north, "lena")
    assert by_default.template_version_id == versions[second["id"]]
    named = certified(north, "मीरा", template_id=first["id"])
    assert named.template_version_id == versions[first["id"]]


def test_names_are_taken_once(twins: Twins) -> None:
    north = twins[0]
    added(north)
    other = added(north, name="Other")["id"]
    assert refused(north, "asha", "POST", "/certificate-templates", WORDS) == (409, "CONFLICT")
    path = f"/certificate-templates/{other}"
    assert refused(north, "asha", "PATCH", path, {"name": "Safety"}) == (409, "CONFLICT")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " \u200b"},
        {"accentColor": "red"},
        {"accentColor": "#12345\n"},
        {"title": "x" * 121},
        {"signatories": [{"name": "x"}] * 5},
        {"signatories": [{"name": ""}]},
        {"logoFileId": 0},
    ],
)
def test_what_no_template_can_be_is_refused(twins: Twins, wrong: dict[str, Any]) -> None:
    assert refused(twins[0], "asha", "POST", "/certificate-templates", WORDS | wrong)[0] in {
        400,
        404,
    }


def test_a_preview_stores_nothing(twins: Twins) -> None:
    north = twins[0]
    text = text_of_preview(north, title="Sample words")
    assert "Sample words" in text
    assert "Name of the student" in text
    with tenant_context(north.id):
        assert not CertificateTemplateVersion.objects.exists()


def test_a_logo_is_printed_and_kept(twins: Twins) -> None:
    from pypdf import PdfReader

    north, south = twins
    logo = stored(north, png())
    added(north, logoFileId=logo, isDefault=True)
    with tenant_context(north.id):
        assert File.objects.get(pk=logo).is_kept
    content = pdf_of(north, "lena", certified(north).pk).content
    (page,) = PdfReader(io.BytesIO(content)).pages
    assert len(page.images) == 1
    theirs = WORDS | {"logoFileId": logo}
    assert refused(south, "asha", "POST", "/certificate-templates", theirs)[0] == 404


@pytest.mark.parametrize(
    ("content", "kind", "category"),
    [
        (png()[:60], "image/png", "image"),
        (b"GIF89a" + bytes(20), "image/gif", "image"),
        (png() + bytes(1024**2), "image/png", "image"),
        (png(), "image/png", "avatar"),
    ],
)
def test_a_logo_that_can_not_be_printed_is_refused(
    twins: Twins, content: bytes, kind: str, category: str
) -> None:
    north = twins[0]
    body = WORDS | {"logoFileId": stored(north, content, kind, category)}
    assert refused(north, "asha", "POST", "/certificate-templates", body)[0] == 400
    with tenant_context(north.id):
        assert not CertificateTemplateVersion.objects.exists()
