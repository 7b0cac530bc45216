"""Two markers, a decision, and students who ask to grade again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from optilearn.assessment.models import Assignment, Grade, Submission
from tests.support.assignments import Classroom, an_assignment, handed_in
from tests.support.twins import Twin


@pytest.fixture
def room(twins: tuple[Twin, Twin]) -> Classroom:
    return Classroom(twins[0], datetime(2026, 3, 1, 9, tzinfo=UTC))


@pytest.fixture
def essay(room: Classroom) -> Assignment:
    with room.inside():
        return an_assignment(room.twin, isModerated=True, moderationPercent=10)


@pytest.fixture
def plain(room: Classroom) -> Assignment:
    with room.inside():
        return an_assignment(room.twin, regradeDays=7)


def hand_in(room: Classroom, essay: Assignment, who: str = "lena") -> Submission:
    with room.inside():
        return handed_in(room.twin, essay, who)


def mark(room: Classroom, who: str, work: Submission, points: float) -> Any:
    return room.done(who, "PUT", f"submissions/{work.pk}/mark", points=points)


class TestModeration:
    def test_marks_are_provisional_until_somebody_decides(
        self, room: Classroom, essay: Assignment
    ) -> None:
        work = hand_in(room, essay)
        mark(room, "tom", work, 8)
        shown = mark(room, "asha", work, 5.5)
        assert (len(shown["marks"]), shown["grade"], shown["status"]) == (2, None, "SUBMITTED")
        first, second = shown["marks"]
        assert (first["markerName"], first["isOwn"], second["isOwn"]) == ("Tom", False, True)
        decided = room.done(
            "asha", "PUT", f"submissions/{work.pk}/final-mark", markId=first["id"], version=0
        )
        assert (decided["grade"]["points"], decided["status"]) == (8.0, "GRADED")
        path = f"submissions/{work.pk}/final-mark"
        assert room.ask("tom", "PUT", path, points=7, version=0)[0] == 409
        assert room.done("tom", "PUT", path, points=7, version=1)["grade"]["points"] == 7

    def test_the_furthest_apart_come_first(self, room: Classroom, essay: Assignment) -> None:
        near, far = hand_in(room, essay), hand_in(room, essay, "मीरा")
        for who, low, high in (("tom", 6, 9), ("asha", 7, 7.99)):
            mark(room, who, near, low)
            mark(room, who, far, high)
        path = f"assignments/{essay.pk}/moderation"
        rows = room.done("tom", "GET", path)
        assert [(one["id"], one["difference"], one["isDiffering"]) for one in rows] == [
            (far.pk, 1.01, True),
            (near.pk, 1.0, False),
        ]
        assert [one["id"] for one in room.done("tom", "GET", f"{path}?differing=true")] == [far.pk]
        assert [one["id"] for one in room.done("tom", "GET", f"{path}?differing=false")] == [
            near.pk
        ]

    def test_bad_decisions_are_refused(
        self, room: Classroom, essay: Assignment, plain: Assignment
    ) -> None:
        work, other = hand_in(room, essay), hand_in(room, essay, "मीरा")
        theirs = mark(room, "tom", other, 3)["marks"][0]["id"]
        path = f"submissions/{work.pk}/final-mark"
        assert room.ask("tom", "PUT", path, markId=theirs, version=0)[0] == 404
        assert room.ask("tom", "PUT", path, version=0)[0] == 400
        assert room.ask("tom", "PUT", path, markId=theirs, points=1, version=0)[0] == 400
        assert room.ask("tom", "PUT", path, points=11, version=0)[0] == 400
        single = hand_in(room, plain)
        path = f"submissions/{single.pk}/final-mark"
        assert room.ask("tom", "PUT", path, points=1, version=0)[0] == 409


class TestRegrades:
    def graded(self, room: Classroom, plain: Assignment) -> Submission:
        work = hand_in(room, plain)
        room.done("tom", "PUT", f"submissions/{work.pk}/mark", points=6, version=0)
        return work

    def request(self, room: Classroom, plain: Assignment, reason: str = "Page 2?") -> Any:
        path = f"learning/assignments/{plain.pk}/regrade-requests"
        return room.ask("lena", "POST", path, reason=reason)

    def test_a_thread_ends_with_a_new_grade(self, room: Classroom, plain: Assignment) -> None:
        self.graded(room, plain)
        status, asked = self.request(room, plain)
        assert (status, asked["status"], asked["pointsBefore"]) == (201, "OPEN", 6.0)
        assert self.request(room, plain)[1]["details"] == {"reason": "OPEN"}
        room.now += timedelta(hours=1)
        key = asked["id"]
        room.done("tom", "POST", f"regrade-requests/{key}/messages", text="Which page?")
        room.now += timedelta(hours=1)
        room.done("lena", "POST", f"learning/regrade-requests/{key}/messages", text="The back.")
        room.now += timedelta(hours=1)
        path = f"regrade-requests/{key}/answer"
        answer = {"isAccepted": True, "points": 8, "text": "Right."}
        assert room.ask("tom", "PUT", path, **answer, version=7)[0] == 409
        done = room.done("tom", "PUT", path, **answer, version=asked["gradeVersion"])
        assert (done["status"], done["pointsAfter"]) == ("ACCEPTED", 8.0)
        assert [(one["authorName"], one["isStudent"]) for one in done["messages"]] == [
            ("Lena", True),
            ("Tom", False),
            ("Lena", True),
            ("Tom", False),
        ]
        changes = room.done("tom", "GET", f"courses/{room.course}/grade-changes")
        assert (changes[0]["reason"], changes[0]["after"]["points"]) == ("Right.", "8.00")
        assert room.ask("tom", "PUT", path, **answer, version=2)[0] == 409
        late = f"learning/regrade-requests/{key}/messages"
        assert room.ask("lena", "POST", late, text="Thanks")[0] == 409
        own = room.done("lena", "GET", f"learning/assignments/{plain.pk}/regrade-requests")
        assert [one["status"] for one in own] == ["ACCEPTED"]

    def test_a_declined_request_changes_no_grade(self, room: Classroom, plain: Assignment) -> None:
        self.graded(room, plain)
        key = self.request(room, plain)[1]["id"]
        path = f"regrade-requests/{key}/answer"
        assert room.ask("tom", "PUT", path, isAccepted=False, points=9, text="No")[0] == 400
        assert room.ask("tom", "PUT", path, isAccepted=True, text="Yes")[0] == 400
        assert room.ask("tom", "PUT", path, isAccepted=True, points=11, text="Yes")[0] == 400
        done = room.done("tom", "PUT", path, isAccepted=False, text="It was blank.")
        assert (done["status"], done["pointsAfter"]) == ("DECLINED", None)
        with room.inside():
            assert Grade.objects.get(assignment=plain).points == 6
        listed = room.done("tom", "GET", f"courses/{room.course}/regrade-requests?status=OPEN")
        assert listed == []
        assert self.request(room, plain)[0] == 201

    def test_it_is_asked_after_the_release_and_in_time(
        self, room: Classroom, plain: Assignment
    ) -> None:
        assert self.request(room, plain)[1]["details"] == {"reason": "NO_GRADE"}
        self.graded(room, plain)
        room.now += timedelta(days=7)
        assert self.request(room, plain)[1]["details"] == {"reason": "TOO_LATE"}
        room.now -= timedelta(seconds=1)
        assert self.request(room, plain, " ")[0] == 400
        assert self.request(room, plain)[0] == 201

    def test_others_do_not_read_it(self, room: Classroom, plain: Assignment) -> None:
        self.graded(room, plain)
        key = self.request(room, plain)[1]["id"]
        path = f"learning/regrade-requests/{key}/messages"
        assert room.ask("मीरा", "POST", path, text="Me too")[0] == 404
        assert room.ask("uma", "GET", f"regrade-requests/{key}")[0] == 403
