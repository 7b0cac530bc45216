"""Importing and exporting questions over HTTP."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
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
from optilearn.core.http.downloads import answer_file
from optilearn.core.http.envelope import Envelope, answer, refusals

router = Router(tags=["Quizzes"], by_alias=True)
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
    return answer_file(file, headers)


@router.get(
    "/courses/{int:courseId}/questions/export/report",
    response={200: Envelope[QuestionExportReport], **refusals(400, 403, 404)},
    operation_id="reportQuestionExport",
)
def report(request: HttpRequest, courseId: int, query: Query[ExportQuery]) -> HttpResponse:
    """The parts of questions that an exported file can't say."""
    return answer(selectors.export_report(principal_of(request), courseId, query))
