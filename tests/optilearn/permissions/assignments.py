"""Who sets assignments, who hands in, who has groups and rubrics."""

from __future__ import annotations

from typing import Any, Final

from optilearn.assessment.groups.services import NewGroup, add_group_set
from optilearn.assessment.models import Assignment, Extension, GroupSet, Rubric, Submission
from tests.optilearn.permissions.enrollment import TOMS, math
from tests.support.assignments import SOURCES, a_rubric, an_assignment, handed_in
from tests.support.permissions import Rule
from tests.support.twins import Twin

NOT_IN_IT: Final = {"sven": 403}


def essay(twin: Twin) -> None:
    an_assignment(twin)


def the_essay(_: Twin) -> dict[str, int]:
    return {"assignmentId": Assignment.objects.latest("id").pk}


def extended(twin: Twin) -> None:
    essay(twin)
    Extension.objects.create(
        assignment=Assignment.objects.latest("id"),
        course=twin.courses["MATH"],
        student=twin.people["lena"],
    )


def the_extension(_: Twin) -> dict[str, int]:
    return {"extensionId": Extension.objects.latest("id").pk}


def due_essay(twin: Twin) -> None:
    an_assignment(twin, dueAt="2030-03-01T12:00:00Z")


def for_lena(twin: Twin) -> dict[str, Any]:
    return {"studentId": twin.people["lena"].pk, "days": 1}


def submitted(twin: Twin) -> None:
    essay(twin)
    handed_in(twin, Assignment.objects.latest("id"))


def hers(_: Twin) -> dict[str, int]:
    return {"submissionId": Submission.objects.latest("id").pk}


def work(_: Twin) -> dict[str, Any]:
    return {"requestId": "one", "text": "<p>Mine.</p>"}


def rubric(twin: Twin) -> None:
    a_rubric(twin)


def the_rubric(_: Twin) -> dict[str, int]:
    return {"rubricId": Rubric.objects.latest("id").pk}


def with_its_rubric(_: Twin) -> dict[str, Any]:
    return {"title": "Essay", "rubricId": Rubric.objects.latest("id").pk}


def its_rubric(_: Twin) -> dict[str, Any]:
    return {"version": 1, "rubricId": Rubric.objects.latest("id").pk}


def essay_and_rubric(twin: Twin) -> None:
    essay(twin)
    rubric(twin)


def into_math(twin: Twin) -> dict[str, int]:
    return {"courseId": twin.courses["MATH"].pk}


def groups(twin: Twin) -> None:
    add_group_set(
        principal=twin.principal("tom"),
        course_id=twin.courses["MATH"].pk,
        name="Projects",
        groups=[NewGroup("Red", (twin.enrollments[0].pk,))],
    )


def the_groups(_: Twin) -> dict[str, int]:
    return {"groupSetId": GroupSet.objects.latest("id").pk}


def of_lena(twin: Twin) -> dict[str, Any]:
    members = [twin.enrollments[0].pk]
    return {"name": "New", "groups": [{"name": "Blue", "enrollmentIds": members}]}


RULES: Final = [
    Rule("GET", "/api/courses/{courseId}/assignments", TOMS, params=math),
    Rule(
        "POST",
        "/api/courses/{courseId}/assignments",
        TOMS,
        params=math,
        body=with_its_rubric,
        setup=rubric,
    ),
    Rule("GET", "/api/assignments/{assignmentId}", TOMS, params=the_essay, setup=essay),
    Rule(
        "PATCH",
        "/api/assignments/{assignmentId}",
        TOMS,
        params=the_essay,
        body=its_rubric,
        setup=essay_and_rubric,
    ),
    Rule("DELETE", "/api/assignments/{assignmentId}", TOMS, params=the_essay, setup=essay),
    Rule(
        "GET", "/api/assignments/{assignmentId}/extensions", TOMS, params=the_essay, setup=extended
    ),
    Rule(
        "PUT",
        "/api/assignments/{assignmentId}/extensions",
        TOMS,
        params=the_essay,
        body=for_lena,
        setup=due_essay,
    ),
    Rule("DELETE", "/api/extensions/{extensionId}", TOMS, params=the_extension, setup=extended),
    Rule(
        "GET",
        "/api/learning/courses/{courseId}/assignments",
        "lena मीरा",
        params=math,
        denied_as=NOT_IN_IT,
    ),
    Rule(
        "GET",
        "/api/learning/assignments/{assignmentId}",
        "lena मीरा",
        params=the_essay,
        setup=essay,
        denied_as=NOT_IN_IT,
    ),
    Rule(
        "GET",
        "/api/learning/assignments/{assignmentId}/submissions",
        "lena मीरा",
        params=the_essay,
        setup=essay,
        denied_as=NOT_IN_IT,
    ),
    Rule(
        "POST",
        "/api/learning/assignments/{assignmentId}/submissions",
        "lena मीरा",
        params=the_essay,
        body=work,
        setup=essay,
        denied_as=NOT_IN_IT,
    ),
    Rule(
        "GET",
        "/api/learning/submissions/{submissionId}",
        "lena",
        params=hers,
        setup=submitted,
        denied=404,
    ),
    Rule("GET", "/api/courses/{courseId}/rubrics", TOMS, params=math),
    Rule(
        "POST",
        "/api/courses/{courseId}/rubrics",
        TOMS,
        params=math,
        body=lambda _: {"title": "Essays", "criteria": [SOURCES]},
    ),
    Rule("GET", "/api/rubrics/{rubricId}", TOMS, params=the_rubric, setup=rubric),
    Rule(
        "PATCH",
        "/api/rubrics/{rubricId}",
        TOMS,
        params=the_rubric,
        body=lambda _: {"version": 1, "title": "Long essays"},
        setup=rubric,
    ),
    Rule("DELETE", "/api/rubrics/{rubricId}", TOMS, params=the_rubric, setup=rubric),
    Rule(
        "POST",
        "/api/rubrics/{rubricId}/copy",
        TOMS,
        params=the_rubric,
        body=into_math,
        setup=rubric,
    ),
    Rule("GET", "/api/courses/{courseId}/group-sets", TOMS, params=math),
    Rule("POST", "/api/courses/{courseId}/group-sets", TOMS, params=math, body=of_lena),
    Rule(
        "PUT",
        "/api/group-sets/{groupSetId}",
        TOMS,
        params=the_groups,
        body=of_lena,
        setup=groups,
    ),
    Rule("DELETE", "/api/group-sets/{groupSetId}", TOMS, params=the_groups, setup=groups),
]
