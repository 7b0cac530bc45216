"""Administrators require and decide; everybody but parents sees what they owe themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from optilearn.compliance.models import Evidence, Obligation, Requirement
from optilearn.core import clock
from tests.support.compliance import oblige
from tests.support.permissions import ADMINS, STAFF, STUDENTS, Rule
from tests.support.twins import Twin


def with_evidence(twin: Twin) -> None:
    oblige(twin)
    Evidence.objects.create(
        obligation=Obligation.objects.latest("id"),
        person=twin.people["tom"],
        text="I took part.",
        request_id="r",
        submitted_at=clock.now(),
    )


def the_requirement(_: Twin) -> dict[str, int]:
    return {"requirementId": Requirement.objects.latest("id").pk}


def the_obligation(_: Twin) -> dict[str, int]:
    return {"obligationId": Obligation.objects.latest("id").pk}


def the_evidence(_: Twin) -> dict[str, int]:
    return {"evidenceId": Evidence.objects.latest("id").pk}


def a_requirement(twin: Twin) -> dict[str, Any]:
    return {
        "title": "Fire safety",
        "acceptsEvidence": True,
        "courseId": twin.courses["MATH"].pk,
        "personIds": [twin.people["tom"].pk],
        "dueOn": (clock.now().date() + timedelta(days=30)).isoformat(),
    }


def a_change(twin: Twin) -> dict[str, Any]:
    return {"version": 1, "title": "Fire", "personIds": [twin.people["tom"].pk]}


def a_reason(_: Twin) -> dict[str, Any]:
    return {"reason": "On leave"}


def a_statement(_: Twin) -> dict[str, Any]:
    return {"text": "I took part.", "requestId": "one"}


ALL: Final = "/api/compliance/requirements"
ONE: Final = ALL + "/{requirementId}"
OBLIGATION: Final = "/api/compliance/obligations/{obligationId}"
EVIDENCE: Final = "/api/compliance/evidence/{evidenceId}"
OWN: Final = "/api/me/requirements"
OWES_NOTHING: Final = {"pia": 403}
RULES: Final = [
    Rule("GET", ALL, ADMINS),
    Rule("POST", ALL, ADMINS, body=a_requirement),
    Rule("GET", ONE, ADMINS, params=the_requirement, setup=oblige),
    Rule("PATCH", ONE, ADMINS, params=the_requirement, body=a_change, setup=oblige),
    Rule("POST", f"{ONE}/archive", ADMINS, params=the_requirement, setup=oblige),
    Rule("GET", f"{ONE}/obligations", ADMINS, params=the_requirement, setup=oblige),
    Rule("GET", f"{ONE}/evidence", ADMINS, params=the_requirement, setup=with_evidence),
    Rule("GET", OBLIGATION, ADMINS, params=the_obligation, setup=oblige),
    Rule("POST", f"{OBLIGATION}/waive", ADMINS, params=the_obligation, body=a_reason, setup=oblige),
    Rule(
        "POST", f"{OBLIGATION}/unwaive", ADMINS, params=the_obligation, body=a_reason, setup=oblige
    ),
    Rule(
        "POST", f"{EVIDENCE}/accept", ADMINS, params=the_evidence, body=a_reason,
        setup=with_evidence,
    ),
    Rule(
        "POST", f"{EVIDENCE}/reject", ADMINS, params=the_evidence, body=a_reason,
        setup=with_evidence,
    ),
    Rule(
        "POST", f"{EVIDENCE}/reopen", ADMINS, params=the_evidence, body=a_reason,
        setup=with_evidence,
    ),
    Rule("GET", OWN, f"{STAFF} {STUDENTS}"),
    Rule(
        "POST",
        OWN + "/{obligationId}/evidence",
        "tom",
        params=the_obligation,
        body=a_statement,
        setup=oblige,
        denied=404,
        denied_as=OWES_NOTHING,
    ),
]  # fmt: skip
