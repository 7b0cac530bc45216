"""xAPI statements: taken as the standard says, written as our own events."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from optilearn.activity.models import ActivityEvent, Statement
from optilearn.activity.xapi.services.statements import store_statements
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Lesson
from optilearn.enrollment.models import Enrollment
from tests.support.twins import Twin
from tests.support.xapi import NOON, PATH, PLAYED, ids, refused, send, statement


class TestTaking:
    def test_one(self, north: Twin) -> None:
        (found,) = ids(send(north, statement(north)))
        row = ActivityEvent.objects.get(client_id=found)
        assert (row.kind, row.occurred_at) == (ActivityEvent.Kind.PLAY, NOON)
        assert row.student_id == north.people["lena"].pk

    def test_several_in_their_order(self, north: Twin) -> None:
        own = uuid4()
        found = ids(
            send(north, [statement(north), statement(north, id=str(own)), statement(north)])
        )
        assert found[1] == own
        assert len(set(found)) == 3
        assert ActivityEvent.objects.filter(client_id__in=found).count() == 3

    def test_put(self, north: Twin) -> None:
        own = uuid4()
        for _ in range(2):
            response = send(north, statement(north), method="PUT", path=f"{PATH}?statementId={own}")
            assert (response.status_code, response.content) == (204, b"")
        assert ActivityEvent.objects.filter(client_id=own).count() == 1

    @pytest.mark.parametrize("query", ["", "?statementId=", "?statementId=7", "?statementId=x"])
    def test_put_needs_an_id(self, north: Twin, query: str) -> None:
        found = refused(send(north, statement(north), method="PUT", path=PATH + query))
        assert found == (400, "VALIDATION_ERROR")

    def test_put_with_another_id_inside(self, north: Twin) -> None:
        body, path = statement(north, id=str(uuid4())), f"{PATH}?statementId={uuid4()}"
        assert refused(send(north, body, method="PUT", path=path))[0] == 400
        assert refused(send(north, [body], method="PUT", path=path))[0] == 400

    @pytest.mark.parametrize(
        ("text", "seconds"),
        [("P4W", 86_400), ("P1Y", 86_400), ("PT1234567S", 86_400), ("P1Y2M3DT4H5M6.7S", 86_400),
         ("PT0.5M", 30), ("PT1,5S", 1), ("PT0S", 0), ("P0D", 0), ("PT16559.14S", 16_559)],
    )  # fmt: skip
    def test_durations(self, north: Twin, text: str, seconds: int) -> None:
        (found,) = ids(send(north, statement(north, result={"duration": text})))
        assert ActivityEvent.objects.get(client_id=found).seconds == seconds

    def test_nothing_in_an_extension_is_judged(self, north: Twin) -> None:
        extensions = {"http://example.com/x": None, "http://example.com/y": {"scaled": [None]}}
        assert len(ids(send(north, statement(north, result={"extensions": extensions})))) == 1

    def test_a_refusal_says_which_statement(self, north: Twin) -> None:
        bad = statement(north, result={"duration": "P1DT"})
        strange = statement(north, actor={"mbox": "mailto:x@example.com"})
        for one, path in ((bad, "/body/1/result/duration"), (strange, "/body/1/actor")):
            error = json.loads(send(north, [statement(north), one]).content)["error"]
            assert [problem["path"] for problem in error["details"]] == [path]

    @pytest.mark.parametrize("role", ["instructor", "team", "object", "member"])
    def test_a_nul_in_the_name_of_an_account(self, north: Twin, role: str) -> None:
        agent: dict[str, Any] = {"account": {"homePage": "urn:x:y", "name": "a\x00b"}}
        place = "/body/1/context"
        if role == "object":
            bad, place = statement(north, object=agent | {"objectType": "Agent"}), "/body/1"
        elif role == "member":
            role = "team/member/0"
            bad = statement(north, context={"team": {"objectType": "Group", "member": [agent]}})
        else:
            kind = {"team": "Group", "instructor": "Agent"}[role]
            bad = statement(north, context={role: agent | {"objectType": kind}})
        response = send(north, [statement(north), bad])
        assert refused(response) == (400, "VALIDATION_ERROR")
        [problem] = json.loads(response.content)["error"]["details"]
        assert problem["path"] == f"{place}/{role}/account/name"
        assert "NUL" in problem["message"]

    def test_a_nul_in_what_is_only_kept(self, north: Twin) -> None:
        result = {"response": "a\x00b", "extensions": {"urn:x:e": "\x00"}}
        [own] = ids(send(north, statement(north, result=result)))
        assert json.loads(Statement.objects.get(statement_id=own).body)["result"] == result

    def test_a_lesson_with_time_and_duration(self, north: Twin) -> None:
        lesson = Lesson.objects.get(course=north.courses["MATH"])
        body = statement(
            north,
            object={"id": f"urn:optilearn:north:lessons:{lesson.pk}", "objectType": "Activity"},
            result={"duration": "PT1M30.5S", "response": "प्रकाश"},
            timestamp="2026-03-29T12:30:00+05:30",
        )
        (found,) = ids(send(north, body))
        row = ActivityEvent.objects.get(client_id=found)
        assert (row.lesson_id, row.course_id) == (lesson.pk, lesson.course_id)
        assert (row.seconds, row.occurred_at) == (90, datetime(2026, 3, 29, 7, tzinfo=UTC))

    def test_a_time_to_come_is_now_and_one_without_a_zone_is_utc(self, north: Twin) -> None:
        later = statement(north, timestamp="2026-04-01T00:00:00Z")
        bare = statement(north, timestamp="2026-03-01T08:00:00")
        found = ids(send(north, [later, bare]))
        times = dict(
            ActivityEvent.objects.filter(client_id__in=found).values_list(
                "client_id", "occurred_at"
            )
        )
        assert [times[i] for i in found] == [NOON, datetime(2026, 3, 1, 8, tzinfo=UTC)]

    @pytest.mark.parametrize(
        ("verb", "kind"),
        [
            ("http://adlnet.gov/expapi/verbs/experienced", "VIEW"),
            ("http://id.tincanapi.com/verb/viewed", "VIEW"),
            (PLAYED, "PLAY"),
            ("http://id.tincanapi.com/verb/downloaded", "DOWNLOAD"),
            ("http://adlnet.gov/expapi/verbs/commented", "POST"),
            ("http://adlnet.gov/expapi/verbs/answered", "ANSWER"),
            ("http://adlnet.gov/expapi/verbs/completed", "OTHER"),
            ("http://adlnet.gov/expapi/verbs/passed", "OTHER"),
            ("urn:x:Played", "PLAY"),
            ("http://activitystrea.ms/schema/1.0/submit", "ANSWER"),
            ("http://activitystrea.ms/schema/1.0/watch", "PLAY"),
            ("http://activitystrea.ms/schema/1.0/read", "VIEW"),
        ],
    )
    def test_verbs(self, north: Twin, verb: str, kind: str) -> None:
        (found,) = ids(send(north, statement(north, verb={"id": verb})))
        assert ActivityEvent.Kind(ActivityEvent.objects.get(client_id=found).kind).name == kind

    def test_completed_completes_nothing(self, north: Twin) -> None:
        send(north, statement(north, verb={"id": "http://adlnet.gov/expapi/verbs/completed"}))
        row = Enrollment.objects.get(student=north.people["lena"], course=north.courses["MATH"])
        assert row.status == "ACTIVE"
        assert row.last_activity_at == NOON


class TestAgain:
    def test_the_same_statement_is_written_once(self, north: Twin) -> None:
        body = statement(north, id=str(uuid4()), result={"score": {"raw": 1}, "success": True})
        copy = json.loads(json.dumps(dict(reversed(body.items()))))
        copy |= {
            "stored": "2026-01-01T00:00:00Z",
            "authority": {"mbox": "mailto:lrs@example.com"},
            "version": "1.0.0",
            "verb": {"id": PLAYED, "display": {"en": "played", "hi": "चलाया"}},
        }
        assert (
            ids(send(north, body)) == ids(send(north, copy)) == ids(send(north, [body, copy]))[:1]
        )
        assert ActivityEvent.objects.filter(client_id=body["id"]).count() == 1
        assert Statement.objects.count() == 1

    @pytest.mark.parametrize(
        "change",
        [
            {"verb": {"id": "http://adlnet.gov/expapi/verbs/answered"}},
            {"result": {"success": False}},
            {"context": {"platform": "x"}},
            {"timestamp": "2026-03-29T10:00:00Z"},
        ],
    )
    def test_another_statement_with_its_id_is_a_conflict(
        self, north: Twin, change: dict[str, Any]
    ) -> None:
        body = statement(north, id=str(uuid4()))
        ids(send(north, body))
        new = statement(north, id=str(uuid4()))
        assert refused(send(north, [new, body | change])) == (409, "CONFLICT")
        assert refused(send(north, [new, new | change])) == (409, "CONFLICT")
        assert not ActivityEvent.objects.filter(client_id=new["id"]).exists()
        assert ActivityEvent.objects.filter(client_id=body["id"]).count() == 1

    @pytest.mark.parametrize(
        ("one", "other", "same"),
        [("PT1.001S", "PT1S", True), ("PT1.50S", "PT1.5S", True), ("PT1.239S", "PT1.23S", True),
         ("PT1.23S", "PT1.24S", False), ("PT60S", "PT1M", False), ("PT10S", "PT1S", False)],
    )  # fmt: skip
    def test_durations_are_compared_to_a_hundredth(
        self, north: Twin, one: str, other: str, same: bool
    ) -> None:
        body = statement(north, id=str(uuid4()), result={"duration": one})
        ids(send(north, body))
        answer = send(north, body | {"result": {"duration": other}})
        assert answer.status_code == (200 if same else 409)

    def test_somebody_elses_statement_with_the_id(self, north: Twin) -> None:
        body = statement(north, id=str(uuid4()))
        ids(send(north, body))
        actor = {
            "account": {"homePage": "urn:optilearn:north", "name": str(north.people["मीरा"].pk)}
        }
        assert refused(send(north, body | {"actor": actor}, name="मीरा")) == (409, "CONFLICT")

    def test_the_same_queries_whatever_the_number(self, north: Twin) -> None:
        counts = []
        for size in (1, 500):
            raw = [json.dumps(statement(north)).encode() for _ in range(size)]
            with CaptureQueriesContext(connection) as queries:
                store_statements(principal=north.principal("lena"), raw=raw)
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestActors:
    def actor(self, north: Twin, **actor: Any) -> int:
        return send(north, statement(north, actor=actor)).status_code

    def test_by_address(self, north: Twin) -> None:
        assert self.actor(north, mbox="mailto:lena@north.example") == 200
        digest = hashlib.sha1(b"mailto:Lena@north.example").hexdigest()
        assert self.actor(north, objectType="Agent", name="Lena", mbox_sha1sum=digest) == 200

    def test_everybody_else_is_refused(self, north: Twin) -> None:
        own = {"homePage": "urn:optilearn:north", "name": str(north.people["lena"].pk)}
        meera = str(north.people["मीरा"].pk)
        for actor in (
            {"mbox": "mailto:tom@north.example"},
            {"mbox_sha1sum": "0" * 40},
            {"openid": "https://lena.example"},
            {"account": own | {"name": meera}},
            {"account": own | {"homePage": "urn:optilearn:south"}},
            {"account": own, "objectType": "Group"},
        ):
            assert self.actor(north, **actor) == 403, actor

    def test_who_is_nobody_is_no_actor(self, north: Twin) -> None:
        own = {"homePage": "urn:optilearn:north", "name": str(north.people["lena"].pk)}
        for actor in (
            {"mbox": "mailto:"},
            {"mbox": 1},
            {"account": own, "mbox": "mailto:lena@north.example"},
            {"account": own | {"more": 1}},
            {"objectType": "Person", "account": own},
            {"objectType": {}, "account": own},
            {"objectType": "Group"},
            {},
        ):
            assert self.actor(north, **actor) == 400, actor

    def test_who_has_no_address_is_not_found_by_an_empty_one(self, north: Twin) -> None:
        for actor in ({"mbox": "mailto:"}, {"mbox": ""}):
            assert send(north, statement(north, actor=actor), name="मीरा").status_code == 400


class TestRefusals:
    @pytest.mark.parametrize("version", ["", "0.95", "1.1.0", "2.0.0", "1.0.x", "1"])
    def test_versions(self, north: Twin, version: str) -> None:
        response = send(north, statement(north), **{"X-Experience-API-Version": version})
        assert refused(response) == (400, "VALIDATION_ERROR")

    @pytest.mark.parametrize("version", ["1.0", "1.0.0", "1.0.9"])
    def test_versions_that_fit(self, north: Twin, version: str) -> None:
        response = send(north, statement(north), **{"X-Experience-API-Version": version})
        assert response.status_code == 200

    def test_other_media(self, north: Twin) -> None:
        response = send(north, b"--x", **{"Content-Type": "multipart/mixed; boundary=x"})
        assert refused(response) == (400, "VALIDATION_ERROR")

    @pytest.mark.parametrize(
        "body",
        [b"", b"{", b"[", b"[]", b"null", b"7", b'"x"', b"[null]", b"[[]]", b"\xff",
         b"[" * 100_000, b'{"a":' * 100_000, b'{"actor": NaN}',
         b'{"actor":"\xff"}', b'[{"actor":"\xff"}]', b'{"\xff":1}', b'{"actor":"\x00"}'],
    )  # fmt: skip
    def test_what_is_no_statement(self, north: Twin, body: bytes) -> None:
        assert refused(send(north, body)) == (400, "VALIDATION_ERROR")
        path = f"{PATH}?statementId={uuid4()}"
        assert refused(send(north, body, method="PUT", path=path)) == (400, "VALIDATION_ERROR")

    def test_bytes_that_are_not_utf_8_and_their_place(self, north: Twin) -> None:
        body = b'[%b,{"actor":"\xff"}]' % json.dumps(statement(north)).encode()
        error = json.loads(send(north, body).content)["error"]
        assert [problem["path"] for problem in error["details"]] == ["/body/1"]

    @pytest.mark.parametrize(
        "change",
        [
            {"id": "7"},
            {"id": None},
            {"id": 7},
            {"id": "{0b6a5a5e-6e26-4d2c-9d0e-3b8f7f1b2c11}"},
            {"actor": "lena"},
            {"verb": "played"},
            {"verb": {"id": "played"}},
            {"verb": {"id": "http://adlnet.gov/expapi/verbs/voided"}},  # no StatementRef
            {"object": {"id": "urn:optilearn:north:people:1"}},
            {"object": {"id": "urn:optilearn:north:courses:0"}},
            {"object": {"id": "urn:optilearn:north:courses:9223372036854775808"}},
            {"object": {"id": "urn:optilearn:north:courses:१"}},
            {"object": {"id": "urn:optilearn:south:courses:1"}},
            {"object": {}},
            {"timestamp": "yesterday"},
            {"timestamp": 1},
            {"timestamp": "1700000000"},
            {"timestamp": "2001-01-01T00:00:00Z"},
            {"result": None},
            {"result": []},
            {"result": {"duration": "90"}},
            {"result": {"duration": "P"}},
            {"result": {"duration": "P1DT"}},
            {"result": {"duration": "PT"}},
            {"result": {"duration": "P1W2D"}},
            {"result": {"duration": "PT1.5M2S"}},
            {"result": {"duration": "PT१S"}},
            {"result": {"score": {"scaled": 2}}},
            {"result": {"score": {"scaled": True}}},
            {"result": {"score": {"raw": 11, "min": 0, "max": 10}}},
            {"result": {"score": {"min": 1, "max": 1}}},
            {"result": {"success": "yes"}},
            {"result": {"response": None}},
            {"context": {"contextActivities": {"parent": [None]}}},
            {"timestamp": "2026-03-29T10:00:00-00:00"},
            {"timestamp": "2026-03-29T10:00:00-0000"},
            {"timestamp": "2026-03-29T10:00:00-00"},
            {"attachments": [{}]},
            {"colour": "red"},
        ],
    )
    def test_statements_we_do_not_take(self, north: Twin, change: dict[str, Any]) -> None:
        good = statement(north, id=str(uuid4()))
        response = send(north, [good, statement(north) | change])
        assert refused(response) == (400, "VALIDATION_ERROR")
        assert not ActivityEvent.objects.filter(client_id=good["id"]).exists()  # all or none

    def test_too_many(self, north: Twin) -> None:
        assert refused(send(north, [statement(north)] * 501))[0] == 400
        assert len(ids(send(north, [statement(north)] * 500))) == 500

    def test_courses_and_lessons_that_are_not_the_callers(
        self, north: Twin, twins: tuple[Twin, Twin]
    ) -> None:
        with tenant_context(twins[1].id):
            strange = Lesson.objects.get(course=twins[1].courses["MATH"])
        for thing, wanted in (
            (f"courses:{north.courses['ART'].pk}", (403, "ENROLLMENT_REQUIRED")),
            (f"courses:{strange.course_id}", (403, "ENROLLMENT_REQUIRED")),
            (f"lessons:{strange.pk}", (403, "ENROLLMENT_REQUIRED")),
            ("lessons:4611686018427387904", (403, "ENROLLMENT_REQUIRED")),
        ):
            body = statement(north, id=str(uuid4()), object={"id": f"urn:optilearn:north:{thing}"})
            assert refused(send(north, body)) == wanted
            assert not Statement.objects.filter(statement_id=body["id"]).exists()

    def test_a_withdrawn_enrollment(self, north: Twin) -> None:
        Enrollment.objects.update(status="WITHDRAWN", withdrawn_at=NOON - timedelta(days=1))
        assert refused(send(north, statement(north))) == (403, "ENROLLMENT_REQUIRED")

    def test_without_a_session(self, north: Twin) -> None:
        response = Client().post(PATH, b"{}", content_type="application/json")
        assert (response.status_code, response.json()["error"]["code"]) == (401, "AUTH_REQUIRED")


def test_about(db: None) -> None:
    response = Client().get("/api/xapi/about")
    assert (response.status_code, response.json()) == (200, {"version": ["1.0.3"]})
    assert response["X-Experience-API-Version"] == "1.0.3"
