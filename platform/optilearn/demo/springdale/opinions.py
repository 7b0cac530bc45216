"""Students' ratings of their courses."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from random import Random
from typing import Final

from optilearn.demo.springdale.calendar import TODAY, at
from optilearn.demo.springdale.content import is_hindi
from optilearn.demo.springdale.people import Learner
from optilearn.demo.springdale.records import Course, Enrollment, Rating

_NOW: Final = at(TODAY, 18 * 3600)
_SHARES: Final = {"COMPLETED": 0.14, "ACTIVE": 0.06}
"""The share of students who rate a course, by the status of their enrollment."""
_SILENT: Final = 0.45
_COMMENTS: Final[dict[int, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    5: (
        ("The best course of the term.", "The videos explain everything well."),
        ("बहुत अच्छा पाठ्यक्रम!", "अध्यापक बहुत अच्छे से समझाते हैं।"),
    ),
    4: (
        ("Good, I learnt a lot.", "The quizzes help to remember."),
        ("अच्छा लगा, बहुत कुछ सीखा।", "अभ्यास बहुत काम आए।"),
    ),
    3: (
        ("All right, but a lot of homework.", "Some lessons are too short."),
        ("ठीक है, पर गृहकार्य बहुत है।", "कुछ पाठ छोटे हैं।"),
    ),
    2: (
        ("It goes too fast for me.", "I would like more examples."),
        ("गति बहुत तेज़ है।", "और उदाहरण चाहिए।"),
    ),
    1: (("I could not follow.",), ("समझ में नहीं आया।",)),
}
"""By stars, in both languages."""


def ratings(rng: Random, learners: list[Learner], enrollments: list[Enrollment]) -> list[Rating]:
    """Ratings of some who completed a course or are in it."""
    named = {learner.person.id: learner for learner in learners}
    found: list[Rating] = []
    for row in enrollments:
        if rng.random() >= _SHARES.get(row.status, 0.0) or row.last_activity_at is None:
            continue
        learner = named[row.student_id]
        mood = 4.1 + 0.25 * learner.ability + rng.gauss(0, 1.1)
        stars = max(1, min(5, round(mood)))
        comment = ""
        if rng.random() >= _SILENT:
            comment = rng.choice(_COMMENTS[stars][is_hindi(learner.person.name)])
        moment = row.completed_at or row.last_activity_at
        given = min(_NOW, moment + timedelta(minutes=rng.randrange(5, 4_000)))
        changed = given
        if rng.random() < 0.1:
            changed = min(_NOW, given + timedelta(minutes=rng.randrange(5, 4_000)))
        key = len(found) + 1
        found.append(Rating(key, row.course_id, row.student_id, stars, comment, given, changed))
    return found


def rated(courses: list[Course], given: list[Rating]) -> list[Course]:
    """The courses with how often they were rated and the sum of the stars."""
    counts = Counter(rating.course_id for rating in given)
    totals: Counter[int] = Counter()
    for rating in given:
        totals[rating.course_id] += rating.stars
    return [
        course._replace(rating_count=counts[course.id], rating_total=totals[course.id])
        for course in courses
    ]
