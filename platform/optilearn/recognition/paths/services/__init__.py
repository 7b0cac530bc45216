"""Writes of learning paths."""

from optilearn.recognition.paths.services.completing import complete_paths_of
from optilearn.recognition.paths.services.members import (
    add_members,
    join_path,
    leave_path,
    remove_member,
    start_course,
)
from optilearn.recognition.paths.services.paths import add_path, update_path

__all__ = [
    "add_members",
    "add_path",
    "complete_paths_of",
    "join_path",
    "leave_path",
    "remove_member",
    "start_course",
    "update_path",
]
