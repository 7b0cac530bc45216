"""Statements read back: as received, by the filters of the standard, by who may."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.activity.models import ActivityEvent, Statement
from optilearn.activity.services.purging import RETENTION, purge
from optilearn.activity.xapi.selectors import statements as selectors
from optilearn.core import clock
from optilearn.courses.models import Course
from optilearn.enrollment.models import Enrollment
from tests.support.twins import Twin
from tests.support.xapi import (
    NOON,
    PATH,
    PLAYED,
    VOIDED,
    account,
    ids,
    listed,
    page,
    read,
    refused,
    send,
    statement,
)

ANSWERED = "http://adlnet.gov/expapi/verbs/answered"
OUTSIDE = "https://example.com/package/slide/3"
TUTOR = {"objectType": "Agent", "mbox": "mailto:tutor@example.com", "name": "Tutor"}


def sent(twin: Twin, *, name: str = "lena", minutes: int = 0, **changes: Any) -> UUID:
    """A statement that was sent so many minutes after noon."""
    with clock.frozen(NOON + timedelta(minutes=minutes)):
        own = {"actor": account(twin, name)}
        return ids(send(twin, statement(twin, **(own | changes)), name=name))[0]


def void(twin: Twin, gone: UUID, *, name: str = "lena", **changes: Any) -> UUID:
    thing = {"objectType": "StatementRef", "id": str(gone)}
    return sent(twin, name=name, verb={"id": VOIDED}, object=thing, **changes)


class TestAsReceived:
    def test_to_the_letter(self, north: Twin) -> None:
        own = uuid4()
        text = (
            f'{{"actor": {json.dumps(account(north))}, "id": "{own}", '
            f'"object": {{"id": "{OUTSIDE}"}},'
            f' "verb": {{"id": "{PLAYED}", "display": {{"hi": "चलाया"}}}},'
            ' "result": {"score": {"raw": 1.50, "min": 0}, "duration": "P1Y2M",'
            ' "extensions": {"urn:x:e": [null, 1e2, "\\u0000"]}},'
            ' "timestamp": "2026-03-29T12:30:00.1234567+05:30"}'
        )
        send(north, text.encode())
        response = read(north, statementId=str(own))
        for part in ('"raw": 1.50', "1e2", '"\\u0000"', "P1Y2M", "00.1234567+05:30", "चलाया"):
            assert part in response.content.decode(), part
        found = page(response)
        assert found["stored"] == "2026-03-29T12:00:00.000Z"
        assert found["authority"] == {"objectType": "Agent"} | account(north)
        assert found["version"] == "1.0.0"
        assert response["X-Experience-API-Consistent-Through"] == "2026-03-29T12:00:00.000Z"
        assert response["Last-Modified"] == "Sun, 29 Mar 2026 12:00:00 GMT"

    def test_what_came_without_id_or_time_gets_both_and_no_borrowed_authority(
        self, north: Twin
    ) -> None:
        own = sent(north, stored="2001-01-01T00:00:00Z", authority=TUTOR, version="1.0.3")
        found = page(read(north, statementId=str(own)))
        assert (found["id"], found["timestamp"]) == (str(own), "2026-03-29T12:00:00.000Z")
        assert found["stored"] == found["timestamp"]
        assert found["authority"]["account"]["name"] == str(north.people["lena"].pk)
        assert found["version"] == "1.0.3"

    def test_what_is_about_nothing_of_ours_is_kept_and_not_counted(self, north: Twin) -> None:
        own = sent(north, object={"id": OUTSIDE})
        assert listed(north) == [own]
        assert not ActivityEvent.objects.filter(client_id=own).exists()

    def test_what_is_part_of_a_course_counts_there(self, north: Twin) -> None:
        course = f"urn:optilearn:north:courses:{north.courses['MATH'].pk}"
        around = {"contextActivities": {"grouping": {"id": course}}}
        own = sent(north, object={"id": OUTSIDE}, context=around)
        assert ActivityEvent.objects.get(client_id=own).course_id == north.courses["MATH"].pk

    def test_what_was_taken_before_it_was_kept_is_known_but_not_told(self, north: Twin) -> None:
        own = sent(north)
        Statement.objects.filter(statement_id=own).update(body="")
        assert listed(north) == []
        assert ids(send(north, statement(north, id=str(own)))) == [own]
        assert read(north, statementId=str(own)).status_code == 404

    def test_long_ones_are_refused(self, north: Twin) -> None:
        body = statement(north, result={"response": "x" * 65_536})
        assert refused(send(north, body)) == (400, "VALIDATION_ERROR")


class TestFilters:
    def test_each(self, north: Twin) -> None:
        attempt = str(uuid4())
        about = {"objectType": "Agent", "mbox": "mailto:peer@example.com"}
        team = {"objectType": "Group", "name": "Team", "member": [about]}
        first = sent(north)
        second = sent(
            north,
            minutes=1,
            verb={"id": ANSWERED},
            object={"id": OUTSIDE},
            context={
                "registration": attempt,
                "instructor": TUTOR,
                "contextActivities": {"category": [{"id": "urn:x:c"}]},
            },
        )
        third = sent(north, minutes=2, object=about, context={"team": team})
        inner = {
            "objectType": "SubStatement",
            "actor": TUTOR,
            "verb": {"id": ANSWERED},
            "object": {"id": "urn:x:planned"},
        }
        fourth = sent(north, minutes=3, object=inner)
        every = [fourth, third, second, first]
        tutor = {"mbox": "MAILTO:tutor@example.com"}
        for asked, wanted in (
            ({}, every),
            ({"ascending": True}, every[::-1]),
            ({"verb": ANSWERED}, [second]),
            ({"activity": OUTSIDE}, [second]),
            ({"activity": "urn:x:c"}, []),
            ({"activity": "urn:x:c", "related_activities": True}, [second]),
            ({"activity": "urn:x:planned", "related_activities": True}, [fourth]),
            ({"registration": attempt}, [second]),
            ({"agent": account(north)}, every),
            ({"agent": {"mbox": "mailto:Lena@north.example"}}, []),
            ({"agent": about}, [third]),
            ({"agent": tutor}, []),
            ({"agent": tutor, "related_agents": True}, [fourth, second]),
            ({"agent": tutor, "related_agents": True, "verb": PLAYED}, [fourth]),
            ({"since": "2026-03-29T12:01:00Z"}, [fourth, third]),
            ({"until": "2026-03-29T12:01:00Z"}, [second, first]),
            ({"since": "2026-03-29T17:30:00+05:30", "until": "2026-03-29T12:02:00Z"},
             [third, second]),
            ({"limit": 0}, every),
            ({"limit": 2}, [fourth, third]),
            ({"verb": "urn:x:none"}, []),
        ):  # fmt: skip
            assert listed(north, **asked) == wanted, asked

    def test_references_match_by_what_they_refer_to(self, north: Twin) -> None:
        first = sent(north, verb={"id": ANSWERED})
        second = sent(north, minutes=1, object={"objectType": "StatementRef", "id": str(first)})
        third = sent(north, minutes=2, object={"objectType": "StatementRef", "id": str(second)})
        assert listed(north, verb=ANSWERED) == [third, second, first]
        # The time is of the statement itself.
        assert listed(north, verb=ANSWERED, since="2026-03-29T12:01:00Z") == [third]
        around, back = str(uuid4()), str(uuid4())
        for one, other in ((around, back), (back, around)):
            sent(north, id=one, object={"objectType": "StatementRef", "id": other})
        assert len(listed(north, verb=PLAYED)) == 4

    def test_pages_are_stable(self, north: Twin) -> None:
        every = [sent(north, minutes=n // 2) for n in range(7)]
        for asked in ({}, {"ascending": True}):
            whole = listed(north, **asked)
            response, found = read(north, limit=3, **asked), []
            while True:
                one = page(response)
                found += [UUID(row["id"]) for row in one["statements"]]
                if not one["more"]:
                    break
                sent(north, minutes=60)  # whatever comes meanwhile
                response = send(north, b"", method="GET", path=one["more"])
            assert found[: len(whole)] == whole
            assert len(set(found)) == len(found)
            assert set(every) <= set(found)

    def test_a_page_ends_with_the_statement_that_fills_it(
        self, north: Twin, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        every = [sent(north, minutes=n) for n in range(4)]
        monkeypatch.setattr(selectors, "MAX_BYTES", 1)
        found = page(read(north))
        assert [one["id"] for one in found["statements"]] == [str(every[-1])]
        assert found["more"].startswith(f"{PATH}?cursor=")

    def test_the_same_queries_whatever_the_number(self, north: Twin) -> None:
        read(north)
        counts = []
        for _ in range(2):
            with CaptureQueriesContext(connection) as queries:
                read(north, verb=PLAYED)
            counts.append(len(queries))
            for _n in range(5):
                sent(north)
        assert counts[0] == counts[1]

    @pytest.mark.parametrize(
        "asked",
        [
            {"statementId": "7"},
            {"statementId": str(uuid4()), "verb": PLAYED},
            {"statementId": str(uuid4()), "limit": "1"},
            {"statementId": str(uuid4()), "voidedStatementId": str(uuid4())},
            {"voidedStatementId": str(uuid4()), "ascending": "true"},
            {"StatementId": str(uuid4())},
            {"colour": "red"},
            {"agent": "lena"},
            {"agent": '{"account": {"homePage": "urn:x:y", "name": "a\\u0000"}}'},
            {"agent": "[" * 100_000},
            {"agent": '{"mbox": "mailto:a@example.com", "openid": "https://a.example"}'},
            {"agent": '{"objectType": "Group", "member": [{"mbox": "mailto:a@example.com"}]}'},
            {"verb": "played"},
            {"activity": "x"},
            {"registration": "1"},
            {"related_agents": "yes"},
            {"ascending": "1"},
            {"since": "yesterday"},
            {"until": "2026-03-29T12:00:00-00:00"},
            {"limit": "-1"},
            {"limit": "ten"},
            {"format": "short"},
            {"attachments": "maybe"},
            {"cursor": "1"},
            {"cursor": "9999999999999999999999.1"},
            {"cursor": "1.99999999999999999999"},
        ],
    )
    def test_questions_we_do_not_take(self, north: Twin, asked: dict[str, str]) -> None:
        response = read(north, **asked)
        assert refused(response) == (400, "VALIDATION_ERROR")
        assert response["X-Experience-API-Consistent-Through"]
        error = json.loads(response.content)["error"]
        assert error["details"][0]["path"].strip("/") in asked

    def test_a_parameter_twice(self, north: Twin) -> None:
        path = f"{PATH}?{urlencode([('verb', PLAYED), ('verb', ANSWERED)])}"
        assert refused(send(north, b"", method="GET", path=path))[0] == 400


class TestForms:
    def test_by_ids(self, north: Twin) -> None:
        display = {"en": "played", "hi": "चलाया"}
        definition = {"name": {"en": "Slide", "hi": "पन्ना"}}
        own = sent(north, verb={"id": PLAYED, "display": display},
                   object={"id": OUTSIDE, "definition": definition},
                   context={"instructor": TUTOR})  # fmt: skip
        found = page(read(north, statementId=str(own), format="ids"))
        assert found["verb"] == {"id": PLAYED}
        assert found["object"] == {"id": OUTSIDE}
        assert found["context"]["instructor"] == {k: v for k, v in TUTOR.items() if k != "name"}
        response = send(
            north, b"", method="GET", path=f"{PATH}?statementId={own}&format=canonical",
            **{"Accept-Language": "hi-IN, en;q=0.5"},
        )  # fmt: skip
        found = page(response)
        assert found["verb"]["display"] == {"hi": "चलाया"}
        assert found["object"]["definition"]["name"] == {"hi": "पन्ना"}
        assert page(read(north, statementId=str(own)))["verb"]["display"] == display

    def test_with_attachments(self, north: Twin) -> None:
        one = {"usageType": "urn:x:certificate", "display": {"en": "Paper"}, "length": 9,
               "contentType": "text/plain", "sha2": "a" * 64,
               "fileUrl": "https://example.com/paper.txt"}  # fmt: skip
        own = sent(north, attachments=[one])
        response = read(north, attachments=True)
        assert response["Content-Type"].startswith("multipart/mixed; boundary=")
        boundary = response["Content-Type"].partition("boundary=")[2]
        assert response.content.startswith(f"--{boundary}\r\n".encode())
        assert str(own) in response.content.decode()
        without = {k: v for k, v in one.items() if k != "fileUrl"}
        assert refused(send(north, statement(north, attachments=[without])))[0] == 400

    def test_head(self, north: Twin) -> None:
        response = read(north, method="HEAD")
        assert (response.status_code, response.content) == (200, b"")
        assert response["X-Experience-API-Consistent-Through"]


class TestVoiding:
    def test_it_is_gone_and_counts_no_more(self, north: Twin) -> None:
        own = sent(north)
        pointing = sent(north, verb={"id": ANSWERED},
                        object={"objectType": "StatementRef", "id": str(own)})  # fmt: skip
        gone = void(north, own, minutes=1)
        assert not ActivityEvent.objects.filter(client_id=own).exists()
        assert listed(north) == [gone, pointing]
        assert listed(north, verb=PLAYED) == [gone, pointing]  # they refer to it
        assert read(north, statementId=str(own)).status_code == 404
        assert page(read(north, voidedStatementId=str(own)))["id"] == str(own)
        assert read(north, voidedStatementId=str(gone)).status_code == 404
        # Sent again it stays voided.
        assert ids(send(north, statement(north, id=str(own)))) == [own]
        assert not ActivityEvent.objects.filter(client_id=own).exists()

    def test_in_whichever_order_they_come(self, north: Twin) -> None:
        late, together = uuid4(), uuid4()
        void(north, late)
        sent(north, id=str(late))
        thing = {"objectType": "StatementRef", "id": str(together)}
        both = [statement(north, id=str(together)),
                statement(north, verb={"id": VOIDED}, object=thing)]  # fmt: skip
        ids(send(north, both))
        assert not ActivityEvent.objects.filter(client_id__in=[late, together]).exists()
        assert {late, together}.isdisjoint(listed(north))

    def test_what_is_voided_before_it_comes_still_needs_an_enrollment(self, north: Twin) -> None:
        strange, together = str(uuid4()), str(uuid4())
        art = {"id": f"urn:optilearn:north:courses:{north.courses['ART'].pk}"}
        void(north, UUID(strange))
        one = statement(north, id=strange, object=art)
        both = [statement(north, id=together, object=art),
                statement(north, verb={"id": VOIDED},
                          object={"objectType": "StatementRef", "id": together})]  # fmt: skip
        for body in (one, both, both[::-1]):
            assert refused(send(north, body)) == (403, "ENROLLMENT_REQUIRED")
        assert not Statement.objects.filter(statement_id__in=[strange, together]).exists()
        assert read(north, "asha", voidedStatementId=strange).status_code == 404

    def test_a_voiding_statement_is_not_voided(self, north: Twin) -> None:
        own = sent(north)
        gone = void(north, own)
        again = void(north, gone)
        assert set(listed(north)) == {gone, again}

    def test_only_by_who_sent_it(self, north: Twin) -> None:
        own = sent(north)
        void(north, own, name="मीरा")
        assert ActivityEvent.objects.filter(client_id=own).exists()
        assert listed(north) == [own]
        assert read(north, statementId=str(own), name="मीरा").status_code == 404


class TestReaders:
    def test_by_role(self, north: Twin) -> None:
        own = sent(north)
        private = sent(north, object={"id": OUTSIDE})
        Course.objects.filter(pk=north.courses["MATH"].pk).update(creator=north.people["tom"])
        for name, wanted in (
            ("lena", {own, private}),
            ("asha", {own, private}),
            ("anil", {own, private}),
            ("tom", {own}),
            ("uma", set()),
            ("मीरा", set()),
            ("pia", set()),
            ("finn", set()),
        ):
            assert set(listed(north, name)) == wanted, name
            status = 200 if private in wanted else 404
            assert read(north, name, statementId=str(private)).status_code == status

    def test_the_other_institution(self, north: Twin, twins: tuple[Twin, Twin]) -> None:
        own = sent(north)
        for name in ("asha", "lena"):
            assert listed(twins[1], name) == []
            assert read(twins[1], name, statementId=str(own)).status_code == 404

    def test_who_left_the_course_still_reads(self, north: Twin) -> None:
        own = sent(north)
        Enrollment.objects.update(status="WITHDRAWN", withdrawn_at=NOON)
        assert listed(north) == [own]


def test_what_is_old_goes_and_its_activity_stays(north: Twin) -> None:
    old = sent(north)
    with clock.frozen(NOON + RETENTION):
        assert purge() == 0
    with clock.frozen(NOON + RETENTION + timedelta(seconds=1)):
        assert purge() == 1
    assert listed(north) == []
    assert ActivityEvent.objects.filter(client_id=old).exists()
