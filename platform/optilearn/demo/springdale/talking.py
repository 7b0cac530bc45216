"""Discussions of the courses under way, and what the school announces."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from optilearn.demo.springdale.calendar import TODAY, at, days_of
from optilearn.demo.springdale.content import is_hindi
from optilearn.demo.springdale.curriculum import Plan
from optilearn.demo.springdale.records import Enrollment, Person
from optilearn.demo.springdale.school_life_records import (
    Announcement,
    AnnouncementCourse,
    AnnouncementReceipt,
    Post,
    Thread,
)

_NOW: Final = at(TODAY, 18 * 3600)
_THREADS: Final = (3, 8)
_QUESTIONS: Final = (
    (
        ("Question about the homework", "I don't understand the last task. Where do I begin?"),
        ("Is the examination about all modules?", "Or only about those after the break?"),
        ("Notes of the last class", "I was ill. Can somebody share their notes?"),
        ("Another way to solve it", "I get the same result by drawing it. Is that allowed?"),
    ),
    (
        ("गृहकार्य के बारे में प्रश्न", "अंतिम प्रश्न समझ में नहीं आया। कहाँ से शुरू करूँ?"),
        ("परीक्षा में क्या-क्या आएगा?", "क्या सभी अध्याय आएँगे?"),
        ("पिछली कक्षा के नोट्स", "मैं बीमार था। क्या कोई नोट्स साझा करेगा?"),
    ),
)
"""Titles and texts, in English and in Hindi."""
_REPLIES: Final = (
    ("Look at lesson two again.", "I had the same question.", "Thank you, that helped!"),
    ("पाठ दो फिर से देखो।", "मेरा भी यही प्रश्न था।", "धन्यवाद, समझ में आ गया!"),
)
_ANSWERS: Final = (
    "Begin with what is given, and write down what you look for.",
    "जो दिया गया है उससे शुरू करो, फिर लिखो कि क्या निकालना है।",
)
_NEWS: Final = (
    (date(2026, 7, 24), "Welcome to the second term", "Timetables are in your calendars.", True),
    (date(2026, 8, 6), "विज्ञान मेला", "विज्ञान मेला 22 अगस्त को है। नाम कक्षा अध्यापक को दें।", True),
    (date(2026, 8, 26), "School is closed on Friday", "Raksha Bandhan: no classes.", True),
    (date(2026, 9, 10), "Parents' evening", "On 25 September from 17:00 in the hall.", True),
    (date(2026, 9, 18), "Library hours", "The library is open until 18:00 from now on.", False),
)
"""Day, title, text, and whether parents read it too."""
_READ: Final = 0.6


@dataclass
class Talk:
    """Everything that was written, collected with running keys."""

    threads: list[Thread] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    announcements: list[Announcement] = field(default_factory=list)
    courses: list[AnnouncementCourse] = field(default_factory=list)
    receipts: list[AnnouncementReceipt] = field(default_factory=list)


def talk(
    rng: Random, plans: list[Plan], people: list[Person], enrollments: list[Enrollment]
) -> Talk:
    """A few discussions of each course, announcements for all and for each course."""
    found = Talk()
    named = {person.id: person for person in people}
    for plan in plans:
        own = [
            row for row in enrollments if row.course_id == plan.course.id and row.status == "ACTIVE"
        ]
        if own:
            for _thread in range(rng.randrange(*_THREADS)):
                _discuss(
                    rng, found, plan, [(named[row.student_id], row.enrolled_at) for row in own]
                )
    principal = next(person for person in people if person.role == "PRINCIPAL")
    readers = [person for person in people if person.kind != "PARENT"]
    for day, title, text, for_parents in _NEWS:
        moment = at(day, 9 * 3600 + 1800)
        _announce(rng, found, principal.id, (title, text, moment), readers, for_parents=for_parents)
    for plan in plans:
        _announce_course(found, plan)
    return found


def _discuss(rng: Random, found: Talk, plan: Plan, students: list[tuple[Person, datetime]]) -> None:
    author, since = rng.choice(students)
    language = is_hindi(author.name)
    title, text = rng.choice(_QUESTIONS[language])
    days = [day for day in days_of(plan.term) if at(day, 0) > since]
    moment = at(rng.choice(days or [TODAY]), rng.randrange(15 * 3600, 17 * 3600))
    thread = len(found.threads) + 1
    posts = [(author.id, text, moment, False)]
    for _reply in range(rng.randrange(0, 5)):
        moment = moment + timedelta(minutes=rng.randrange(4, 300))
        other, joined = rng.choice(students)
        if joined < moment <= _NOW:
            posts.append((other.id, rng.choice(_REPLIES[is_hindi(other.name)]), moment, False))
    moment = moment + timedelta(minutes=rng.randrange(10, 600))
    if rng.random() < 0.7 and moment <= _NOW:
        posts.append((plan.course.creator_id, _ANSWERS[language], moment, True))
    found.threads.append(
        Thread(
            id=thread,
            course_id=plan.course.id,
            author_id=author.id,
            title=title,
            is_pinned=False,
            last_number=len(posts),
            reply_count=len(posts) - 1,
            last_post_at=posts[-1][2],
            created_at=posts[0][2],
        )
    )
    for number, (writer, words, written, is_best) in enumerate(posts, start=1):
        key = len(found.posts) + 1
        found.posts.append(
            Post(key, thread, plan.course.id, writer, number, f"<p>{words}</p>", is_best, written)
        )


def _announce(
    rng: Random,
    found: Talk,
    author_id: int,
    news: tuple[str, str, datetime],
    readers: list[Person],
    *,
    for_parents: bool,
) -> None:
    title, text, moment = news
    key = len(found.announcements) + 1
    found.announcements.append(
        Announcement(
            id=key,
            author_id=author_id,
            title=title,
            text=f"<p>{text}</p>",
            published_at=moment,
            publish_at=moment,
            created_at=moment,
            is_for_everyone=True,
            include_parents=for_parents,
        )
    )
    for person in readers:
        if rng.random() < _READ:
            read_at = moment + timedelta(minutes=rng.randrange(1, 4_000))
            if read_at <= _NOW:
                number = len(found.receipts) + 1
                found.receipts.append(AnnouncementReceipt(number, key, person.id, read_at))


def _announce_course(found: Talk, plan: Plan) -> None:
    moment = at(plan.term.starts_on, 8 * 3600)
    key = len(found.announcements) + 1
    language = is_hindi(plan.course.title)
    title = "साप्ताहिक लाइव कक्षाएँ" if language else "Weekly live classes"
    text = (
        "समय आपके कैलेंडर में है। शनिवार तक अपने प्रश्न चर्चा में लिखें।"
        if language
        else "They are in your calendar. Please write your questions into the discussion before."
    )
    found.announcements.append(
        Announcement(
            id=key,
            author_id=plan.course.creator_id,
            title=title,
            text=f"<p>{text}</p>",
            published_at=moment,
            publish_at=moment,
            created_at=moment,
        )
    )
    found.courses.append(AnnouncementCourse(len(found.courses) + 1, key, plan.course.id))
