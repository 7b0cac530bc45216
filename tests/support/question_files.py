"""A question bank that files are imported into and exported from, over HTTP."""

from __future__ import annotations

import base64
from typing import Any

from django.test import Client

from optilearn.assessment.models import Question
from optilearn.core.tenancy.context import tenant_context
from tests.support.client import bearer, call, token_of
from tests.support.twins import Twin


class Bank:
    """Tom's bank of MATH."""

    def __init__(self, twin: Twin) -> None:
        self.twin = twin
        self.course = twin.courses["MATH"].pk
        self.path = f"/api/courses/{self.course}"

    def send(self, text: str | bytes, form: str = "gift", **more: Any) -> tuple[int, Any]:
        key = "text" if isinstance(text, str) else "base64"
        content = text if isinstance(text, str) else base64.b64encode(text).decode()
        body = {"format": form, key: content} | more
        status, answer = call(
            "POST", f"{self.path}/question-imports", token=token_of(self.twin, "tom"), body=body
        )
        return status, answer["data"] if status == 200 else answer["error"]

    def preview(self, text: str | bytes, form: str = "gift", **more: Any) -> Any:
        status, data = self.send(text, form, **more)
        assert status == 200, data
        return data

    def apply(self, text: str | bytes, form: str = "gift", **more: Any) -> Any:
        seen = self.preview(text, form, **more)
        return self.preview(text, form, apply=True, fingerprint=seen["fingerprint"], **more)

    def export(self, query: str) -> tuple[bytes, dict[str, str]]:
        response = Client().get(
            f"{self.path}/questions/export?{query}", headers=bearer(token_of(self.twin, "tom"))
        )
        assert response.status_code == 200, response.content
        return response.getvalue(), dict(response.headers)  # type: ignore[attr-defined]  # both kinds have it

    def report(self, query: str) -> Any:
        path = f"{self.path}/questions/export/report?{query}"
        status, answer = call("GET", path, token=token_of(self.twin, "tom"))
        assert status == 200, answer
        return answer["data"]

    def names(self) -> list[str]:
        with tenant_context(self.twin.id):
            found = Question.objects.filter(course_id=self.course).order_by("id")
            return list(found.values_list("name", flat=True))


def outcomes(data: Any) -> list[str]:
    return [row["outcome"] for row in data["rows"]]


GIFT = """// [id:s1] [tag:easy]
::Sum:: 1 + 1 = {#2}

$CATEGORY: Numbers/Even

::Odd:: Three is even. {F}

::Broken:: Which? {#two}

Only a text.
"""
