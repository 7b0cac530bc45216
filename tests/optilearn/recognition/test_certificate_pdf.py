"""Certificates on paper, read back by other programs: their text, and what the QR code says."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from django.conf import settings
from django.test import Client
from pypdf import PdfReader

from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.institutions.models import Institution
from optilearn.people.models import Person
from optilearn.recognition.certificates.printing.document import CertificateDocument, to_pdf
from optilearn.recognition.certificates.printing.renderer import Renderer, RenderError
from tests.support.certificates import MARCH, ask, certified
from tests.support.client import bearer, token_of
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
DOCUMENT = CertificateDocument(
    locale="en",
    title="Certificate of completion",
    intro="This is to certify that",
    name="Lena",
    text="has completed the course",
    course="Algebra",
    institution="North",
    facts=(("Issued on", "12 March 2026"), ("Number", "NOR-2026-000001")),
    signatories=(("Asha Rao", "Principal"),),
    accent_color="#1f5fbf",
    url="https://learn.example.org/verify/1-0123456789abcdefghjkmnpqrs",
    url_label="Scan to verify",
    moment=datetime(2026, 3, 12, tzinfo=UTC),
)


def text_of(content: bytes) -> str:
    """What somebody copies from the one page; pypdf doesn't know how Devanagari is written back."""
    document = pypdfium2.PdfDocument(content)
    assert len(document) == 1
    shown = document[0].get_textpage().get_text_range()
    document.close()
    return " ".join(shown.split())


def codes_in(content: bytes) -> list[str]:
    """What a scanner reads on the rendered page."""
    document = pypdfium2.PdfDocument(content)
    shown = document[0].render(scale=2).to_numpy()
    document.close()
    return [one.text for one in zxingcpp.read_barcodes(shown)]


def pdf_of(twin: Twin, name: str, certificate_id: int) -> Any:
    return Client().get(
        f"/api/certificates/{certificate_id}/pdf", headers=bearer(token_of(twin, name))
    )


def test_the_code_leads_to_the_verification(twins: Twins) -> None:
    north = twins[0]
    found = certified(north, valid_months=12)
    with clock.frozen(MARCH):
        response = pdf_of(north, "lena", found.pk)
    assert response["Content-Type"] == "application/pdf"
    assert 'filename="NOR-2026-000001.pdf"' in response["Content-Disposition"]
    assert codes_in(response.content) == [f"{settings.APP_URL}/verify/{found.code}"]
    text = text_of(response.content)
    for words in ("Lena", "Math for all", "North", "12 March 2026", "12 March 2027"):
        assert words in text
    assert "NOR-2026-000001" in text


def test_it_is_in_the_schools_language_whatever_the_readers(twins: Twins) -> None:
    north = twins[0]
    Institution.objects.filter(pk=north.id).update(locale="hi")
    with tenant_context(north.id):
        Person.objects.filter(code="lena").update(name="श्रीमती लक्ष्मी क्षत्रिय")
    text = text_of(pdf_of(north, "lena", certified(north).pk).content).replace(" ", "")
    for words in ("क्षत्रिय", "पूर्णताप्रमाणपत्र", "12मार्च2026"):
        assert words in text


def test_each_time_it_is_the_same_file(twins: Twins) -> None:
    north = twins[0]
    found = certified(north)
    first, second = (pdf_of(north, name, found.pk).content for name in ("lena", "tom"))
    metadata = PdfReader(io.BytesIO(first)).metadata
    assert metadata is not None
    assert metadata.creation_date == MARCH
    assert text_of(first) == text_of(second)


def test_others_get_none(twins: Twins) -> None:
    north, south = twins
    found = certified(north)
    assert ask(north, "मीरा", "GET", f"/certificates/{found.pk}/pdf")[0] == 404
    assert ask(south, "asha", "GET", f"/certificates/{found.pk}/pdf")[0] == 404


@pytest.mark.parametrize(
    "name",
    [
        "Very Long Name " * 30,
        "W" * 400,
        "क्षत्रिय विज्ञान " * 30,
        "#panic() *a* $x$ \\ ] <b>bold</b> @ref // no",
        "नमस्ते\u200d👩‍🎓",
    ],
)
def test_any_name_fits_on_one_page_and_is_no_markup(name: str) -> None:
    many = (("N " * 40, "R " * 40),) * 4
    content = to_pdf(replace(DOCUMENT, name=name, course=name, title=name[:120], signatories=many))
    assert codes_in(content) == [DOCUMENT.url]
    text = text_of(content)
    if name.startswith("#"):
        assert text.count("#panic() *a* $x$ \\ ] <b>bold</b> @ref // no") == 3
    if name.startswith("Very"):
        assert text.count("Very Long Name") >= 60


def test_a_press_that_was_killed_is_started_again() -> None:
    renderer = Renderer()
    job: dict[str, Any] = {"data": {"accent": "#000000"}, "logo": None, "timestamp": 0}
    try:
        for _again in range(2):
            with pytest.raises(RenderError):  # the words are missing
                renderer.render(job)
        process = renderer._process
        assert process is not None
        process.kill()
        process.wait()
        with pytest.raises(RenderError):
            renderer.render(job)
        assert renderer._process is not process
    finally:
        renderer.close()


def test_one_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    from optilearn.recognition.certificates.printing import renderer as module

    monkeypatch.setattr(module, "SECONDS", 0.0)
    renderer = Renderer()
    with pytest.raises(RenderError, match="has ended"):
        renderer.render({"data": {}, "logo": None, "timestamp": 0})
    renderer.close()
