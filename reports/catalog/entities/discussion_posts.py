"""The posts of courses' discussions: who writes, and what moderators hide. No texts."""

from __future__ import annotations

from typing import Final

from reports.catalog.entities import choices
from reports.catalog.entities.shorthand import (
    COURSE,
    code,
    count,
    flag,
    key,
    moments,
    rate,
    reference,
)
from reports.catalog.model import Additivity, Aggregate, Entity, Metric, Pii, Relation, ScopeRule

DISCUSSION_POSTS: Final = Entity(
    key="discussionPosts",
    table="discussion_posts",
    label="Discussion posts",
    row_label="one post in a discussion of a course",
    fields=(
        key("Discussion post", Pii.PSEUDONYM),
        code("status", "status", "Status", choices.POST_STATUS, required=True),
        flag("isQuestion", "is_question", "Began the discussion"),
        flag("isBest", "is_best", "Best answer"),
        *moments("written", "created", "Written on", required=True),
        reference("threadId", "thread_id", "Discussion"),
        reference("authorId", "author_id", "Author", pii=Pii.PSEUDONYM),
        reference("courseId", "course_id", "Course"),
    ),
    # Of posts by staff there is no student: they are the group without one.
    relations=(Relation("student", "students", ("author_id",), "Student"), COURSE),
    metrics=(
        count("Posts", "posts"),
        Metric(
            "authors",
            Aggregate("countDistinct", "authorId"),
            "Authors",
            "How many people wrote posts.",
            Additivity.NON_ADDITIVE,
            "people",
        ),
        rate(
            "hiddenRate",
            "Hidden",
            "Posts that a moderator hid, of all posts.",
            "{status} = 'HIDDEN'",
        ),
    ),
    scope=ScopeRule(person="author_id", course="course_id"),
    time="writtenOn",
)
