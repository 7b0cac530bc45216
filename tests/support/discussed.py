"""A discussion of twins: a post in each state that a snapshot knows."""

from __future__ import annotations

from optilearn.community.discussions import services
from optilearn.community.models import DiscussionPost
from tests.support.twins import Twin


def discuss(twin: Twin) -> None:
    """Lena asks; of four replies one is the best, one is hidden, and one was deleted."""
    lena, meera, tom = (twin.principal(name) for name in ("lena", "मीरा", "tom"))
    thread = services.start_thread(
        principal=lena,
        course_id=twin.courses["MATH"].pk,
        values={"title": "Question 4", "text": "Where do I begin?"},
    )
    best, hidden, gone = (
        services.reply(principal=meera, thread_id=thread, values={"text": text})
        for text in ("Try it", "Rude", "Wrong")
    )
    services.reply(principal=tom, thread_id=thread, values={"text": "Yes", "parent_id": gone})
    services.choose_best_answer(principal=lena, thread_id=thread, post_id=best)
    services.hide_post(principal=tom, post_id=hidden, reason="Rude")
    services.delete_post(principal=meera, post_id=gone)
    assert DiscussionPost.objects.filter(thread_id=thread).count() == 5
