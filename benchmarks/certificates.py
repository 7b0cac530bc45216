"""PDFs of certificates, one after the other, from one warm process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from benchmarks.report import Line, once
from benchmarks.world import World
from optilearn.recognition.certificates.printing.document import CertificateDocument, to_pdf
from optilearn.recognition.certificates.printing.renderer import renderer

_COUNT: Final = 100
_GOAL_OF_ONE: Final = 1 / 20
_GOAL_OF_START: Final = 2.0
_FACE: Final = CertificateDocument(
    locale="hi",
    title="पूर्णता प्रमाणपत्र",
    intro="प्रमाणित किया जाता है कि",
    name="श्रीमती लक्ष्मी क्षत्रिय",
    text="ने यह पाठ्यक्रम पूरा किया है:",
    course="Algebra for all",
    institution="Springdale International School",
    facts=(("Issued on", "12 March 2026"), ("Number", "SPR-2026-000123")),
    signatories=(("Asha Rao", "Principal"), ("Tom Reed", "Teacher")),
    accent_color="#1f5fbf",
    url="https://learn.opticrm.app/verify/12-0123456789abcdefghjkmnpqrs",
    url_label="Scan to verify",
    moment=datetime(2026, 3, 12, tzinfo=UTC),
)


def measure(world: World) -> Iterator[Line]:
    del world
    renderer.close()
    yield Line("the first, with the process", once(lambda: to_pdf(_FACE)), _GOAL_OF_START, 1)

    def many() -> None:
        for n in range(_COUNT):
            to_pdf(replace(_FACE, name=f"लक्ष्मी {n}", url=f"{_FACE.url[:-4]}{n:04d}"))

    many()
    seconds = min(once(many) for _ in range(3))
    yield Line("one of a hundred, each another", seconds / _COUNT, _GOAL_OF_ONE, 1)
