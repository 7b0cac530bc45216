"""Certificates: issued once, with the names of that day; revoked and issued anew by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.core import clock
from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Course
from optilearn.enrollment.models import Enrollment
from optilearn.institutions.models import Institution
from optilearn.people.models import Person
from optilearn.recognition.models import Certificate
from tests.optilearn.enrollment.world import count_queries, enroll, make_student
from tests.support.certificates import MARCH, ask, awarding, certified, complete, done, refused
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
REASON = {"reason": "The name was spelled wrong."}


def all_of(twin: Twin) -> list[Certificate]:
    with tenant_context(twin.id):
        return list(Certificate.objects.order_by("id"))


def path_of(twin: Twin, rest: str, course: str = "MATH") -> str:
    return f"/courses/{twin.courses[course].pk}/{rest}"


def test_the_last_lesson_issues_it_with_the_facts_of_the_day(twins: Twins) -> None:
    north = twins[0]
    found = certified(north, valid_months=12)
    assert (found.student_name, found.course_title) == ("Lena", "Math for all")
    assert found.number == "NOR-2026-000001"
    assert (found.issue, found.issued_by_id, found.issued_at) == (1, None, MARCH)
    assert found.completed_at == MARCH
    assert len(found.code.partition("-")[2]) == 26
    with clock.frozen(MARCH):
        (shown,) = done(north, "lena", "GET", "/me/certificates")
    assert shown["state"] == "VALID"
    assert shown["verificationUrl"].endswith(f"/verify/{found.code}")


def test_a_course_without_one_awards_none(twins: Twins) -> None:
    north = twins[0]
    with tenant_context(north.id):
        complete(north, "lena")
        awarding(north, is_enabled=False)
        complete(north, "मीरा")
    assert all_of(north) == []


@pytest.mark.parametrize("state", ["ENDED", "WITHDRAWN", "EXPIRED"])
def test_who_completes_a_course_again_gets_no_second_one(twins: Twins, state: str) -> None:
    north = twins[0]
    found = certified(north)
    with tenant_context(north.id):
        Enrollment.objects.filter(pk=found.enrollment_id).update(status=state)
    done(north, "tom", "POST", f"/enrollments/{found.enrollment_id}/return")
    with tenant_context(north.id):
        assert Enrollment.objects.get(pk=found.enrollment_id).status == "COMPLETED"
    assert len(all_of(north)) == 1


def test_a_revoked_one_does_not_come_back_by_itself(twins: Twins) -> None:
    north = twins[0]
    found = certified(north)
    done(north, "asha", "POST", f"/certificates/{found.pk}/revoke", REASON)
    with tenant_context(north.id):
        Enrollment.objects.filter(pk=found.enrollment_id).update(status="ENDED")
    done(north, "tom", "POST", f"/enrollments/{found.enrollment_id}/return")
    (only,) = all_of(north)
    assert only.revoked_at is not None


def test_names_of_later_days_change_nothing(twins: Twins) -> None:
    north = twins[0]
    found = certified(north)
    with tenant_context(north.id):
        Course.objects.filter(pk=found.course_id).update(title="Renamed")
        Person.objects.filter(pk=found.student_id).update(name="Lena Married")
    shown = done(north, "lena", "GET", f"/certificates/{found.pk}")
    assert (shown["studentName"], shown["courseTitle"]) == ("Lena", "Math for all")
    (row,) = done(north, "tom", "GET", path_of(north, "certificates"))
    assert (row["studentName"], row["student"]["name"]) == ("Lena", "Lena Married")


def test_numbers_have_no_gaps_and_begin_anew_each_year(twins: Twins) -> None:
    north, south = twins
    with tenant_context(north.id):
        awarding(north)
        with clock.frozen(MARCH):
            complete(north, "lena")
        # In London it is still 2026, in Kolkata it isn't.
        with clock.frozen(datetime(2026, 12, 31, 20, tzinfo=UTC)):
            complete(north, "मीरा")
    with tenant_context(south.id), clock.frozen(datetime(2026, 12, 31, 20, tzinfo=UTC)):
        awarding(south)
        complete(south, "lena")
    assert [one.number for one in all_of(north)] == ["NOR-2026-000001", "NOR-2026-000002"]
    assert [one.number for one in all_of(south)] == ["SOU-2027-000001"]


@pytest.mark.parametrize(
    ("issued", "months", "last"),
    [
        ("2026-03-12T10:30Z", 12, "2027-03-12T23:59:59+00:00"),
        ("2026-01-31T10:30Z", 1, "2026-02-28T23:59:59+00:00"),
        ("2024-02-29T10:30Z", 12, "2025-02-28T23:59:59+00:00"),
        ("2026-03-12T10:30Z", 6, "2026-09-12T22:59:59+00:00"),  # summer time
    ],
)
def test_it_is_valid_to_the_end_of_a_day_in_the_school(
    twins: Twins, issued: str, months: int, last: str
) -> None:
    found = certified(twins[0], at=datetime.fromisoformat(issued), valid_months=months)
    assert found.expires_at == datetime.fromisoformat(last)


def test_the_state_follows_the_clock(twins: Twins) -> None:
    north = twins[0]
    found = certified(north, valid_months=1)
    assert found.expires_at is not None
    for moment, state in ((found.expires_at, "EXPIRED"), (MARCH, "VALID")):
        with clock.frozen(moment):
            assert done(north, "lena", "GET", f"/certificates/{found.pk}")["state"] == state
            listed = done(north, "asha", "GET", f"/certificates?state={state}")
            assert [one["id"] for one in listed] == [found.pk]
    with clock.frozen(MARCH):
        assert done(north, "asha", "GET", "/certificates?state=REVOKED") == []


def test_completions_before_the_award_are_made_good_by_hand(twins: Twins) -> None:
    north, south = twins
    with tenant_context(north.id), clock.frozen(MARCH):
        ids = [complete(north, name).pk for name in ("lena", "मीरा")]
    path = path_of(north, "certificates")
    issued = done(north, "asha", "POST", path, {"enrollmentIds": ids})["certificateIds"]
    assert [one.pk for one in all_of(north)] == issued
    assert {one.issued_by_id for one in all_of(north)} == {north.people["asha"].pk}
    assert refused(north, "asha", "POST", path, {"enrollmentIds": ids}) == (409, "CONFLICT")
    theirs = {"enrollmentIds": [south.enrollments[0].pk]}
    assert refused(north, "asha", "POST", path, theirs) == (404, "NOT_FOUND")
    with tenant_context(north.id):
        entry = AuditEntry.objects.get(action="certificate.issue")
    assert entry.details == {"certificates": issued}


def test_only_who_has_completed_it_gets_one_by_hand(twins: Twins) -> None:
    north = twins[0]
    enrollment = enroll(north, "sven", north.courses["MATH"])
    body = {"enrollmentIds": [enrollment.pk]}
    assert refused(north, "asha", "POST", path_of(north, "certificates"), body)[0] == 409
    assert refused(north, "asha", "POST", path_of(north, "certificates", "ART"), body)[0] == 404
    assert all_of(north) == []


def test_issued_anew_it_has_the_new_name_and_the_old_one_is_revoked(twins: Twins) -> None:
    north = twins[0]
    found = certified(north)
    with tenant_context(north.id):
        Person.objects.filter(pk=found.student_id).update(name="Lena Müller")
    anew = done(north, "asha", "POST", f"/certificates/{found.pk}/reissue", REASON)
    assert (anew["studentName"], anew["replacesId"]) == ("Lena Müller", found.pk)
    old, new = all_of(north)
    assert (old.revocation_reason, old.revoked_by_id) == (
        REASON["reason"],
        north.people["asha"].pk,
    )
    assert (new.issue, new.revoked_at) == (2, None)
    assert {old.code, old.number}.isdisjoint({new.code, new.number})
    again = refused(north, "asha", "POST", f"/certificates/{found.pk}/reissue", REASON)
    assert again == (409, "CONFLICT")


def test_an_expired_one_is_renewed_and_stays_expired(twins: Twins) -> None:
    north = twins[0]
    found = certified(north, valid_months=1)
    with clock.frozen(MARCH + timedelta(days=100)):
        done(north, "asha", "POST", f"/certificates/{found.pk}/reissue", REASON)
        states = [one["state"] for one in done(north, "lena", "GET", "/me/certificates")]
    assert states == ["VALID", "EXPIRED"]


def test_a_revocation_is_audited_and_for_good(twins: Twins) -> None:
    north = twins[0]
    found = certified(north)
    path = f"/certificates/{found.pk}/revoke"
    assert refused(north, "asha", "POST", path, {"reason": " \u200b "})[0] == 400
    done(north, "asha", "POST", path, REASON)
    assert refused(north, "asha", "POST", path, REASON) == (409, "CONFLICT")
    shown = done(north, "lena", "GET", f"/certificates/{found.pk}")
    assert (shown["state"], shown["revocationReason"]) == ("REVOKED", REASON["reason"])
    with tenant_context(north.id):
        entry = AuditEntry.objects.get(action="certificate.revoke")
    assert entry.actor_id == north.people["asha"].pk
    assert ask(north, "lena", "GET", f"/certificates/{found.pk}/pdf")[0] == 409


def statements_of_completing(twin: Twin, names: list[str]) -> int:
    from optilearn.courses.models import Lesson
    from optilearn.enrollment.services import record_lesson_results

    lesson = Lesson.objects.get(course=twin.courses["MATH"])
    Lesson.objects.filter(pk=lesson.pk).update(completion="PASSED")
    ids = Enrollment.objects.filter(student__code__in=names, course=twin.courses["MATH"])
    events = dict.fromkeys(ids.values_list("id", flat=True), "PASSED")
    with CaptureQueriesContext(connection) as asked:
        record_lesson_results(lesson_id=lesson.pk, events=events)
    outbox = sum("crm_completionoutbox" in query["sql"] for query in asked.captured_queries)
    return len(asked) - outbox


def test_it_costs_a_completion_one_statement_and_an_award_a_few_at_any_number(
    twins: Twins,
) -> None:
    north = twins[0]
    for n in range(12):
        make_student(north, f"s{n}")
        enroll(north, f"s{n}", north.courses["MATH"])
    with tenant_context(north.id):
        awarding(north, is_enabled=False)
        without = statements_of_completing(north, ["s0"])
        awarding(north)
        one = statements_of_completing(north, ["s1"])
        ten = statements_of_completing(north, [f"s{n}" for n in range(2, 12)])
        assert Certificate.objects.count() == 11
    assert one == ten
    assert one - without <= 8


def test_lists_cost_the_same_at_any_number(twins: Twins) -> None:
    from optilearn.recognition.certificates import selectors
    from optilearn.recognition.certificates.schemas import CertificateQuery

    north = twins[0]
    query = CertificateQuery(page=1, per_page=25, state=None, q="math")
    course = north.courses["MATH"].pk
    counts = []
    for name in ("lena", "मीरा"):
        certified(north, name)
        counts.append(
            (
                count_queries(north, "lena", lambda p: selectors.own_certificates(p, query)),
                count_queries(
                    north, "tom", lambda p: selectors.course_certificates(p, course, query)
                ),
                count_queries(north, "asha", lambda p: selectors.all_certificates(p, query)),
            )
        )
    assert counts == [(2, 3, 2)] * 2


def test_a_copied_course_awards_the_same(twins: Twins) -> None:
    north = twins[0]
    with tenant_context(north.id):
        awarding(north, valid_months=24)
    copy = done(north, "tom", "POST", path_of(north, "copy"), {"code": "MATH2"})["id"]
    shown = done(north, "tom", "GET", f"/courses/{copy}/certificate-settings")
    assert shown == {"isEnabled": True, "validMonths": 24, "templateId": None}


def test_settings_are_changed_one_by_one(twins: Twins) -> None:
    north, south = twins
    path = path_of(north, "certificate-settings")
    assert done(north, "tom", "GET", path)["isEnabled"] is False
    done(north, "tom", "PATCH", path, {"isEnabled": True})
    assert done(north, "tom", "PATCH", path, {"validMonths": 6}) == {
        "isEnabled": True,
        "validMonths": 6,
        "templateId": None,
    }
    theirs = done(south, "asha", "POST", "/certificate-templates", {"name": "Theirs"})["id"]
    for wrong in ({"templateId": theirs}, {"validMonths": 0}, {"isEnabled": None}):
        assert refused(north, "tom", "PATCH", path, wrong)[0] == 400


def test_a_school_without_letters_in_its_address_has_numbers_too(twins: Twins) -> None:
    north = twins[0]
    Institution.objects.filter(pk=north.id).update(slug="--")
    assert certified(north).number == "CERT-2026-000001"
