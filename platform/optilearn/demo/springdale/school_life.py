"""School life around the lessons: live classes, discussions, announcements, learning paths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final

from optilearn.demo.springdale.calendar import TERMS, TODAY, at
from optilearn.demo.springdale.curriculum import CORE_SUBJECTS, Plan
from optilearn.demo.springdale.learning import Learning
from optilearn.demo.springdale.live_classes import live_classes
from optilearn.demo.springdale.people import CLASSES, Learner
from optilearn.demo.springdale.records import Person
from optilearn.demo.springdale.school_life_records import LearningPath, PathCourse, PathMember
from optilearn.demo.springdale.talking import talk

_SINCE: Final = at(TERMS[1].starts_on, 10 * 3600)


def school_life(
    chance: Callable[[str], Random],
    plans: list[Plan],
    people: tuple[list[Person], list[Learner]],
    done: Learning,
) -> dict[str, Sequence[tuple[Any, ...]]]:
    """The tables of live classes, community and learning paths. ``people``: staff, students."""
    staff, students = people
    running = [plan for plan in plans if plan.lessons and plan.term.ends_on >= TODAY]
    live = live_classes(chance("live classes"), running, students, done.enrollments)
    everybody = [*staff, *(student.person for student in students)]
    said = talk(chance("talk"), running, everybody, done.enrollments)
    paths, steps, members = _paths(plans, staff, done)
    return {
        "live_liveseries": live.series,
        "live_liveclass": live.classes,
        "live_attendance": live.attendance,
        "community_discussionthread": said.threads,
        "community_discussionpost": said.posts,
        "community_announcement": said.announcements,
        "community_announcementcourse": said.courses,
        "community_announcementreceipt": said.receipts,
        "recognition_learningpath": paths,
        "recognition_pathcourse": steps,
        "recognition_pathmember": members,
    }


def _paths(
    plans: list[Plan], staff: list[Person], done: Learning
) -> tuple[list[LearningPath], list[PathCourse], list[PathMember]]:
    """A path of each class through a core subject of both terms, for its students."""
    admin = next(person for person in staff if person.role == "ADMIN")
    paths: list[LearningPath] = []
    steps: list[PathCourse] = []
    members: list[PathMember] = []
    for grade in CLASSES:
        for subject in CORE_SUBJECTS:
            own = [p.course for p in plans if p.grade == grade and p.course.category == subject]
            key = len(paths) + 1
            text = f"Both terms of {subject} in class {grade}, one after the other."
            paths.append(LearningPath(key, f"{subject}, class {grade}", text, _SINCE))
            for position, course in enumerate(sorted(own, key=lambda c: c.starts_on), start=1):
                steps.append(PathCourse(len(steps) + 1, key, course.id, position))
            enrolled = {row.student_id for row in done.enrollments if row.course_id == own[0].id}
            for student_id in sorted(enrolled):
                number = len(members) + 1
                members.append(PathMember(number, key, student_id, admin.id, _SINCE))
    return paths, steps, members
