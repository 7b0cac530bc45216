"""Who reviews, who reads the reviews of their work, who manages them."""

from __future__ import annotations

from typing import Any, Final

from optilearn.assessment.models import Assignment, PeerReview
from tests.optilearn.permissions.enrollment import TOMS
from tests.support.peer_reviews import a_student, an_assignment, handed_in, reviewed, with_file
from tests.support.permissions import STUDENTS, Rule
from tests.support.twins import Twin

OTHERS: Final = {"मीरा": 404, "sven": 404}
"""Students who weren't asked for Lena's review."""


def running(twin: Twin) -> None:
    """Lena and Meera review each other's work."""
    assignment = an_assignment(twin)
    reviewed(assignment, 1, due_at=None)
    for name in ("lena", "मीरा"):
        with_file(handed_in(a_student(twin, name), assignment))


def submitted(twin: Twin) -> None:
    running(twin)
    hers().update(status=PeerReview.Status.SUBMITTED, score=5, submitted_at="2026-03-02T09:00Z")


def saved(twin: Twin) -> None:
    running(twin)
    hers().update(score=5)


def hers() -> Any:
    return PeerReview.objects.filter(reviewer__code="lena")


def her_review(_: Twin) -> dict[str, int]:
    return {"reviewId": hers().latest("id").pk}


def its_file(twin: Twin) -> dict[str, int]:
    return her_review(twin) | {"number": 1}


def the_assignment(_: Twin) -> dict[str, int]:
    return {"assignmentId": Assignment.objects.latest("id").pk}


def her_work(twin: Twin) -> dict[str, int]:
    return the_assignment(twin) | {"enrollmentId": twin.enrollments[0].pk}


def a_score(_: Twin) -> dict[str, Any]:
    return {"score": 5}


REVIEW: Final = "/api/peer-reviews/{reviewId}"
OF: Final = "/api/assignments/{assignmentId}/peer-review"
RULES: Final = [
    Rule("GET", "/api/me/peer-reviews", STUDENTS),
    Rule("GET", REVIEW, "lena", params=her_review, setup=running, denied_as=OTHERS),
    Rule("PUT", REVIEW, "lena", params=her_review, body=a_score, setup=running, denied_as=OTHERS),
    Rule("POST", f"{REVIEW}/submit", "lena", params=her_review, setup=saved, denied_as=OTHERS),
    Rule(
        "GET",
        REVIEW + "/files/{number}/url",
        "lena",
        params=its_file,
        setup=running,
        denied_as=OTHERS,
    ),
    Rule(
        "PUT",
        f"{REVIEW}/decision",
        TOMS,
        params=her_review,
        body=lambda _: {"isExcluded": True},
        setup=submitted,
    ),
    Rule(
        "GET",
        "/api/learning/assignments/{assignmentId}/peer-reviews",
        "lena मीरा",
        params=the_assignment,
        setup=running,
        denied_as={"sven": 403},
    ),
    Rule("GET", f"{OF}-settings", TOMS, params=the_assignment, setup=running),
    Rule(
        "PATCH",
        f"{OF}-settings",
        TOMS,
        params=the_assignment,
        body=lambda _: {"peerReviewCount": 2},
        setup=running,
    ),
    Rule("GET", f"{OF}s", TOMS, params=the_assignment, setup=running),
    Rule("GET", f"{OF}ers", TOMS, params=the_assignment, setup=running),
    Rule("POST", f"{OF}s/allocate", TOMS, params=the_assignment, setup=running),
    Rule("PUT", OF + "s/{enrollmentId}", TOMS, params=her_work, body=a_score, setup=running),
]
