"""Importing and exporting questions over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from io import SEEK_END
from typing import IO, Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import Query, Router

from optilearn.assessment.question_files import selectors, services
from optilearn.assessment.question_files.formats import FILES
from optilearn.assessment.question_files.schemas import (
    ExportQuery,
    QuestionExportReport,
    QuestionImportIn,
    QuestionImportOut,
)
from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Envelope, answer, refusals

router = Router(tags=["Quizzes"], by_alias=True)
_CHUNK: Final = 64 * 1024
_FILE: Final[dict[str, Any]] = {
    "responses": {
        200: {
            "description": "The file. `Link` leads to the report of what it can't say.",
            "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
        }
    }
}


@router.post(
    "/courses/{int:courseId}/question-imports",
    response={200: Envelope[QuestionImportOut], **refusals(400, 403, 404, 409)},
    operation_id="importQuestions",
)
def import_questions(request: HttpRequest, courseId: int, wanted: QuestionImportIn) -> HttpResponse:
    """Import questions; a preview of what would happen unless `apply`.

    What can't be carried is said of each question. Those that can't be read leave the others.
    A question that the course has already isn't added again.
    """
    file = services.QuestionFile(wanted.format, wanted.text, wanted.base64, wanted.category_id)
    return answer(
        services.import_questions(
            principal=principal_of(request),
            course_id=courseId,
            file=file,
            apply=wanted.apply,
            fingerprint=wanted.fingerprint,
        )
    )


@router.get(
    "/courses/{int:courseId}/questions/export",
    response=refusals(400, 403, 404),
    openapi_extra=_FILE,
    operation_id="exportQuestions",
)
def export(request: HttpRequest, courseId: int, query: Query[ExportQuery]) -> HttpResponse:
    """The questions of a course's bank as a file."""
    file = selectors.exported(principal_of(request), courseId, query)
    name, content_type = FILES[query.format]
    report = f"{request.path}/report?{urlencode(request.GET, doseq=True)}"
    headers = {
        "Content-Type": content_type,
        "Content-Disposition": f'attachment; filename="{name}"',
        "Link": f'<{report}>; rel="describedby"',
        "Cache-Control": "no-store",
    }
    return _sent(file, headers)


@router.get(
    "/courses/{int:courseId}/questions/export/report",
    response={200: Envelope[QuestionExportReport], **refusals(400, 403, 404)},
    operation_id="reportQuestionExport",
)
def report(request: HttpRequest, courseId: int, query: Query[ExportQuery]) -> HttpResponse:
    """The parts of questions that an exported file can't say."""
    return answer(selectors.export_report(principal_of(request), courseId, query))


class _Chunks:
    """The pieces of a file, which is closed after the last one."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def __iter__(self) -> Iterator[bytes]:
        """Yield piece by piece."""
        with self._file:
            while chunk := self._file.read(_CHUNK):
                yield chunk

    def close(self) -> None:
        """Close the file: called by Django at the end of a response, read to its end or not."""
        self._file.close()


def _sent(file: IO[bytes], headers: dict[str, str]) -> HttpResponse:
    """The response with a file: in one piece if it is short, else streamed."""
    file.seek(0, SEEK_END)
    length = file.tell()
    file.seek(0)
    if length > _CHUNK:
        return StreamingHttpResponse(_Chunks(file), headers=headers)  # type: ignore[return-value]  # Django's two kinds of response share a base
    with file:
        return HttpResponse(file.read(), headers=headers)
