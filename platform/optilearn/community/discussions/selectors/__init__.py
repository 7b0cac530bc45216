"""Reads of discussions."""

from optilearn.community.discussions.selectors.moderating import reports
from optilearn.community.discussions.selectors.posts import one_post, posts, versions
from optilearn.community.discussions.selectors.threads import thread, threads

__all__ = ["one_post", "posts", "reports", "thread", "threads", "versions"]
