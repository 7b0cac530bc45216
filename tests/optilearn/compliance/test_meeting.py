"""What is owed is met by completed courses and accepted evidence, or waived."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.compliance.models import Evidence, Obligation
from optilearn.enrollment.models import Enrollment
from tests.support.certificates import complete
from tests.support.compliance import DUE, NOW, Office


def of_math(office: Office, **values: Any) -> int:
    """MATH is required of all students."""
    given = {"courseId": office.twin.courses["MATH"].pk, "roles": ["STUDENT"]}
    return office.require(**({"acceptsEvidence": False} | given | values))


def completed(office: Office, name: str, at: datetime = NOW) -> Enrollment:
    before, office.now = office.now, at
    with office.inside():
        found = complete(office.twin, name)
    office.now = before
    return found


def test_a_completed_course_meets_it_at_once(north: Office) -> None:
    key = of_math(north)
    enrollment = completed(north, "lena")
    assert north.owed(key) == {"lena": "MET", "मीरा": "PENDING", "sven": "PENDING"}
    with north.inside():
        met = Obligation.objects.get(requirement_id=key, person__code="lena")
    assert (met.met_by, met.enrollment_id, met.met_at) == ("COURSE", enrollment.pk, NOW)


def test_a_completion_from_before_counts_where_it_falls_in_the_period(north: Office) -> None:
    completed(north, "lena", DUE_BEFORE + timedelta(hours=1))
    completed(north, "मीरा", DUE_BEFORE - timedelta(hours=1))
    once = of_math(north)
    assert north.owed(once) == {"lena": "MET", "मीरा": "MET", "sven": "PENDING"}
    yearly = of_math(north, rule="FREQ=YEARLY", acceptsEvidence=True)
    assert north.owed(yearly) == {"lena": "MET", "मीरा": "PENDING", "sven": "PENDING"}


DUE_BEFORE = datetime.combine(
    DUE.replace(year=DUE.year - 1) + timedelta(days=1), datetime.min.time(), UTC
) - timedelta(hours=1)
"""The begin of the year's period in London, where summer time is in force by then."""


def test_a_completion_meets_what_is_overdue_too(north: Office) -> None:
    key = of_math(north, rule="FREQ=MONTHLY", acceptsEvidence=True)
    north.now += timedelta(days=45)
    north.tick()
    assert [met for _due, met in north.due_dates(key, "lena")] == [False, False]
    completed(north, "lena", north.now)
    assert [met for _due, met in north.due_dates(key, "lena")] == [True, True]


def test_an_enrollment_without_a_requirement_costs_one_query(north: Office) -> None:
    def cost(name: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            completed(north, name)
        return sum("compliance_" in one["sql"] for one in queries)

    assert cost("lena") == 1


def test_accepted_evidence_meets_it(north: Office) -> None:
    key = north.require()
    evidence = north.hand_in(key, text="मैंने भाग लिया।")
    assert north.owed(key)["tom"] == "PENDING"
    north.pass_days(1)
    body = {"reason": "Seen."}
    for _again in range(2):
        found = north.done("asha", "POST", f"compliance/evidence/{evidence}/accept", **body)
    assert (found["status"], found["metBy"], found["evidenceWaiting"]) == ("MET", "EVIDENCE", 0)
    (shown,) = found["evidence"]
    assert (shown["text"], shown["status"], shown["decidedBy"]) == (
        "मैंने भाग लिया।",
        "ACCEPTED",
        "Asha",
    )
    (own,) = north.done("tom", "GET", "me/requirements")
    assert (own["status"], own["evidence"][0]["reason"]) == ("MET", "Seen.")
    assert north.done("tom", "GET", "me/requirements?openOnly=true") == []


def test_rejected_evidence_leaves_it_owed_and_says_why(north: Office) -> None:
    key = north.require()
    evidence = north.hand_in(key)
    path = f"compliance/evidence/{evidence}"
    assert north.ask("asha", "POST", f"{path}/reject")[0] == 400
    north.done("asha", "POST", f"{path}/reject", reason="No date.")
    (own,) = north.done("tom", "GET", "me/requirements")
    assert (own["status"], own["evidence"][0]["reason"]) == ("PENDING", "No date.")
    assert north.ask("paul", "POST", f"{path}/accept")[0] == 409
    assert north.meet(key)


def test_a_decision_is_taken_back_with_what_it_met(north: Office) -> None:
    key = north.require()
    evidence = north.meet(key)
    path = f"compliance/evidence/{evidence}"
    assert north.ask("paul", "POST", f"{path}/reject", reason="x")[0] == 409
    found = north.done("paul", "POST", f"{path}/reopen", reason="The wrong person.")
    assert (found["status"], found["evidence"][0]["status"]) == ("PENDING", "SUBMITTED")
    assert north.owed(key)["tom"] == "PENDING"
    north.done("paul", "POST", f"{path}/reject", reason="The wrong person.")


def test_a_completed_course_counts_again_when_evidence_or_waiver_is_taken_back(
    north: Office,
) -> None:
    key = of_math(north, acceptsEvidence=True)
    evidence = north.meet(key, "lena")
    waived = north.obligation(key, "मीरा")
    north.done("asha", "POST", f"compliance/obligations/{waived}/waive", reason="Away")
    completed(north, "lena")
    completed(north, "मीरा")
    assert north.owed(key)["मीरा"] == "WAIVED"
    north.done("asha", "POST", f"compliance/evidence/{evidence}/reopen", reason="x")
    north.done("asha", "POST", f"compliance/obligations/{waived}/unwaive", reason="x")
    with north.inside():
        found = Obligation.objects.filter(requirement_id=key, person__code__in=["lena", "मीरा"])
        assert set(found.values_list("met_by", flat=True)) == {"COURSE"}


def test_a_waiver_has_a_reason_and_an_end(north: Office) -> None:
    key = north.require()
    path = f"compliance/obligations/{north.obligation(key)}"
    assert north.ask("asha", "POST", f"{path}/waive", reason="\u200b ")[0] == 400
    for reason in ("On leave", "Another"):
        found = north.done("asha", "POST", f"{path}/waive", reason=reason)
    assert (found["status"], found["waiverReason"], found["waivedBy"]) == (
        "WAIVED",
        "On leave",
        "Asha",
    )
    body = {"text": "x", "requestId": "r"}
    own = f"me/requirements/{north.obligation(key)}/evidence"
    assert north.ask("tom", "POST", own, **body)[0] == 409
    for _again in range(2):
        found = north.done("asha", "POST", f"{path}/unwaive", reason="Back")
    assert (found["status"], found["waivedBy"]) == ("PENDING", None)


def test_nobody_decides_on_what_they_owe_themselves(north: Office) -> None:
    key = north.require(roles=["ADMIN"])
    evidence = north.hand_in(key, "asha")
    obligation = north.obligation(key, "asha")
    for path in (f"evidence/{evidence}/accept", f"obligations/{obligation}/waive"):
        assert north.ask("asha", "POST", f"compliance/{path}", reason="x")[0] == 403
        assert north.ask("paul", "POST", f"compliance/{path}", reason="x")[0] in {200, 409}


def test_evidence_that_is_sent_again_is_stored_once(north: Office) -> None:
    key = north.require()
    first, second = (north.hand_in(key, requestId="one") for _ in range(2))
    assert first == second
    assert north.hand_in(key, requestId="two") != first
    with north.inside():
        assert Evidence.objects.count() == 2


def test_evidence_is_somebody_s_own(north: Office) -> None:
    key = north.require()
    path = f"me/requirements/{north.obligation(key)}/evidence"
    assert north.ask("uma", "POST", path, text="x", requestId="r")[0] == 404
    assert north.ask("pia", "POST", path, text="x", requestId="r")[0] == 403
    assert north.ask("tom", "POST", path, requestId="r")[0] == 400


def test_what_only_a_course_meets_takes_no_evidence(north: Office) -> None:
    key = of_math(north)
    path = f"me/requirements/{north.obligation(key, 'lena')}/evidence"
    assert north.ask("lena", "POST", path, text="x", requestId="r")[0] == 409


@pytest.mark.parametrize("end", ["archive", "leave"])
def test_evidence_for_what_is_not_owed_any_more_meets_nothing(north: Office, end: str) -> None:
    key = north.require()
    evidence = north.hand_in(key)
    if end == "archive":
        north.done("asha", "POST", f"compliance/requirements/{key}/archive")
    else:
        assert north.change(key, roles=["HOD"])[0] == 200
    assert north.ask("asha", "POST", f"compliance/evidence/{evidence}/accept")[0] == 409
    assert north.owed(key)["tom"] == "WITHDRAWN"
