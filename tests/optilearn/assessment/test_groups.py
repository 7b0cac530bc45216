"""Groups that hand in together: one hands in for all, all are graded, with differences."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from optilearn.assessment.events import SubmissionsReceived
from optilearn.assessment.models import Assignment, Grade, Submission
from optilearn.core import events
from tests.support.assignments import Classroom, a_file, an_assignment, handed_in
from tests.support.twins import Twin

START = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def room(twins: tuple[Twin, Twin]) -> Classroom:
    return Classroom(twins[0], START)


def divide(room: Classroom, *groups: list[int]) -> Any:
    sent = [{"name": f"G{n}", "enrollmentIds": ids} for n, ids in enumerate(groups, start=1)]
    path = f"courses/{room.course}/group-sets"
    return room.done("tom", "POST", path, name="Projects", groups=sent)[0]


def everybody(room: Classroom) -> list[int]:
    return [one.pk for one in room.twin.enrollments]


@pytest.fixture
def project(room: Classroom) -> Assignment:
    sets = divide(room, everybody(room))
    with room.inside():
        return an_assignment(
            room.twin,
            groupSetId=sets["id"],
            submissionTypes=["TEXT", "FILE"],
            maxAttempts=1,
            dueAt=(START + timedelta(days=1)).isoformat(),
        )


def test_one_hands_in_for_all(
    room: Classroom, project: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[SubmissionsReceived] = []
    monkeypatch.setattr(events, "_handlers", {SubmissionsReceived: [heard.append]})
    with room.inside():
        file_id = a_file(room.twin, "मीरा")
        work = handed_in(room.twin, project, "मीरा", file_ids=(file_id,))
        rows = list(Submission.objects.filter(assignment=project))
    assert len({one.group_key for one in rows}) == 1
    assert (len(rows), heard[0].submission_ids[0]) == (2, work.pk)
    path = f"learning/assignments/{project.pk}"
    shown = room.done("lena", "GET", path)
    assert (shown["group"], shown["attemptsLeft"]) == ("G1", 0)
    own = room.done("lena", "GET", f"learning/submissions/{shown['submissions'][0]['id']}")
    assert (own["isOfGroup"], own["files"][0]["id"]) == (True, file_id)
    assert room.ask("lena", "GET", f"files/{file_id}")[0] == 200
    again = room.ask("lena", "POST", f"{path}/submissions", requestId="x", text="<p>x</p>")
    assert (again[0], again[1]["code"]) == (409, "ATTEMPT_LIMIT")


def test_each_is_late_by_their_own_due_date(room: Classroom, project: Assignment) -> None:
    lena = room.twin.people["lena"].pk
    room.done("tom", "PUT", f"assignments/{project.pk}/extensions", studentId=lena, days=3)
    room.now = START + timedelta(days=2)
    with room.inside():
        handed_in(room.twin, project)
        late = dict(
            Submission.objects.filter(assignment=project).values_list("student__code", "is_late")
        )
    assert late == {"lena": False, "मीरा": True}


def test_all_are_graded_together_and_one_differently(room: Classroom, project: Assignment) -> None:
    with room.inside():
        work = handed_in(room.twin, project)
    path = f"submissions/{work.pk}/mark"
    room.done("tom", "PUT", path, points=8, version=0)
    room.done("tom", "PUT", path, points=9, version=1, isForGroup=False)
    with room.inside():
        points = dict(
            Grade.objects.filter(assignment=project).values_list("student__code", "points")
        )
    assert points == {"lena": 9, "मीरा": 8}
    room.done("tom", "PUT", path, points=7, version=2)
    with room.inside():
        again = Grade.objects.filter(assignment=project).values_list("points", flat=True)
        assert list(again) == [7, 7]


def test_returned_work_of_a_group_comes_from_anybody(room: Classroom, project: Assignment) -> None:
    with room.inside():
        work = handed_in(room.twin, project)
    room.done("tom", "POST", f"submissions/{work.pk}/return", comment="Again")
    room.now += timedelta(minutes=1)
    with room.inside():
        handed_in(room.twin, project, "मीरा")
        assert Submission.objects.filter(assignment=project).count() == 4


def test_who_is_in_no_group_is_sent_to_the_teacher(room: Classroom) -> None:
    sets = divide(room, everybody(room)[:1])
    with room.inside():
        project = an_assignment(room.twin, groupSetId=sets["id"])
    path = f"learning/assignments/{project.pk}/submissions"
    status, error = room.ask("मीरा", "POST", path, requestId="x", text="<p>x</p>")
    assert (status, error["details"]) == (409, {"reason": "NO_GROUP"})


def test_groups_are_replaced_and_work_stays(room: Classroom, project: Assignment) -> None:
    with room.inside():
        handed_in(room.twin, project)
    key = project.group_set_id
    lena, meera = everybody(room)
    groups = [{"name": "A", "enrollmentIds": [lena]}, {"name": "B", "enrollmentIds": [meera]}]
    changed = room.done("tom", "PUT", f"group-sets/{key}", name="New", groups=groups)[0]
    assert [one["name"] for one in changed["groups"]] == ["A", "B"]
    with room.inside():
        assert Submission.objects.filter(assignment=project).count() == 2
    assert room.ask("tom", "DELETE", f"group-sets/{key}")[0] == 409
    status, error = room.ask(
        "tom", "PATCH", f"assignments/{project.pk}", version=1, groupSetId=None
    )
    assert (status, error["details"][0]["path"]) == (409, "/groupSetId")


def test_a_student_is_in_one_group(room: Classroom, twins: tuple[Twin, Twin]) -> None:
    path, ids = f"courses/{room.course}/group-sets", everybody(room)
    for bad in ([ids, ids[:1]], [[ids[0], ids[0]]]):
        groups = [{"name": "G", "enrollmentIds": one} for one in bad]
        assert room.ask("tom", "POST", path, name="P", groups=groups)[0] == 400
    strangers = [{"name": "G", "enrollmentIds": [twins[1].enrollments[0].pk]}]
    assert room.ask("tom", "POST", path, name="P", groups=strangers)[0] == 404
    unused = divide(room)
    assert room.ask("tom", "DELETE", f"group-sets/{unused['id']}")[0] == 200
