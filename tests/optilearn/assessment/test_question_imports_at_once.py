"""One file applied by several at the same time: each question is added once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django.plugin import DjangoDbBlocker

from optilearn.assessment.models import Question, QuestionCategory
from optilearn.assessment.question_files import services
from optilearn.core.tenancy.context import tenant_context
from tests.support.at_once import at_once, committed_twins
from tests.support.twins import Twin

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def twin(django_db_blocker: DjangoDbBlocker) -> Iterator[Twin]:
    with committed_twins("question_files", django_db_blocker) as twins:
        yield twins[0]


def test_a_file_applied_at_once_is_added_once(twin: Twin) -> None:
    text = "$CATEGORY: A/B\n\n" + "\n\n".join(f"// [id:q{n}]\n{n}? {{T}}" for n in range(20))
    file = services.QuestionFile("gift", text, None)

    def imported(fingerprint: str | None) -> dict[str, int]:
        found = services.import_questions(
            principal=twin.principal("tom"),
            course_id=twin.courses["MATH"].pk,
            file=file,
            apply=fingerprint is not None,
            fingerprint=fingerprint,
        )
        return {"add": found["summary"]["add"], "exists": found["summary"]["exists"]} | (
            {} if fingerprint else {"fingerprint": found["fingerprint"]}
        )

    with tenant_context(twin.id):
        fingerprint = str(imported(None)["fingerprint"])
    found = at_once(twin, [lambda: imported(fingerprint)] * 4)
    assert sorted(one["add"] for one in found) == [0, 0, 0, 20]
    assert sorted(one["exists"] for one in found) == [0, 20, 20, 20]
    with tenant_context(twin.id):
        assert (Question.objects.count(), QuestionCategory.objects.count()) == (20, 2)
