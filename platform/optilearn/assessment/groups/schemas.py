"""Schemas of groups of students."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from optilearn.core.http.envelope import CamelSchema, example
from optilearn.core.http.keys import Key
from optilearn.core.text import Visible

Name = Annotated[Visible, StringConstraints(max_length=200)]


class StudentGroupIn(CamelSchema):
    """A group and its members."""

    name: Name
    enrollment_ids: Annotated[list[Key], Field(max_length=100)] = []


class GroupSetIn(CamelSchema):
    """A set of groups; changing it replaces all of them."""

    model_config = example(
        {"name": "Projects", "groups": [{"name": "Red", "enrollmentIds": [1, 2]}]}
    )

    name: Name
    groups: Annotated[list[StudentGroupIn], Field(max_length=500)] = []


class GroupStudent(CamelSchema):
    """A member of a group."""

    enrollment_id: int
    id: int
    code: str
    name: str


class StudentGroupOut(CamelSchema):
    """A group and its members."""

    id: int
    name: str
    members: list[GroupStudent]


class GroupSetOut(CamelSchema):
    """A set of groups."""

    id: int
    name: str
    groups: list[StudentGroupOut]
