"""The requests and answers that are alike for saved reports, dashboards and queries."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from optilearn.core.access.roles import Role
from optilearn.core.http.envelope import CamelSchema, example
from optilearn.core.http.keys import Key
from optilearn.core.http.pages import PageQuery, StrictQuery
from optilearn.core.text import Seen, Visible

Visibility = Literal["PRIVATE", "INSTITUTION", "ROLE"]
Kind = Literal["REPORT", "DASHBOARD", "QUERY"]
Tag = Annotated[Visible, StringConstraints(max_length=64)]


class SharingIn(CamelSchema):
    """The readers of an item. What they see is counted in their own scope."""

    model_config = example({"visibility": "ROLE", "roles": ["TEACHER", "HOD"]})

    visibility: Visibility = "PRIVATE"
    roles: list[Role] = Field(
        default_factory=list, max_length=len(Role), description="With `ROLE`: these roles."
    )


class TextsIn(CamelSchema):
    """The texts of an item."""

    name: Annotated[Visible, StringConstraints(max_length=200)]
    description: Annotated[Seen, StringConstraints(max_length=2_000)] = ""
    tags: list[Tag] = Field(default_factory=list, max_length=20)


class CreationIn(CamelSchema):
    """The beginning of an item: its readers, and whether they see it at once."""

    sharing: SharingIn = Field(default_factory=SharingIn)
    publish: bool = Field(
        default=False,
        description="Readers see it. Refused with every problem unless it can be run.",
    )


class RevisionIn(CamelSchema):
    """A save of an item that somebody else may have saved meanwhile."""

    based_on: int = Field(
        ge=1,
        le=2**31 - 1,
        description="The version that was changed. If it isn't the newest, nothing is saved: 409.",
    )
    note: Annotated[Seen, StringConstraints(max_length=500)] = ""
    publish: bool = Field(default=False, description="Readers see it from now on.")


class OwnerIn(CamelSchema):
    """The new owner of an item."""

    model_config = example({"personId": 7})

    person_id: Key


class RestoreIn(CamelSchema):
    """The version whose content becomes the newest again."""

    model_config = example({"version": 2, "basedOn": 5})

    version: int = Field(ge=1, le=2**31 - 1)
    based_on: int = Field(ge=1, le=2**31 - 1)


class PublishIn(CamelSchema):
    """The version that readers are to see: the newest."""

    model_config = example({"version": 5})

    version: int = Field(ge=1, le=2**31 - 1, description="If it isn't the newest: 409.")


class DuplicateIn(CamelSchema):
    """The name of a copy."""

    model_config = example({"name": "Enrollments by course (mine)"})

    name: Annotated[Visible, StringConstraints(max_length=200)] | None = Field(
        None, description="Left out: the name of the original, marked as a copy."
    )


class ItemQuery(PageQuery):
    """Filters and orders of a list of saved items."""

    q: str | None = Field(
        None,
        max_length=200,
        description="Words of name, description, tags, entity or owner, in English or Hindi.",
    )
    visibility: Visibility | None = None
    tag: str | None = Field(None, max_length=64)
    entity: str | None = Field(None, max_length=100)
    favorite: bool = Field(default=False, description="Only the caller's favorites.")
    mine: bool = Field(default=False, description="Only what the caller owns.")
    owner_id: Key | None = Field(None, description="Only what this person owns.")
    orphaned: bool = Field(default=False, description="Only those whose owner is gone.")
    broken: bool | None = Field(
        None, description="Only those that the newest catalog refuses, or only the others."
    )
    order: Literal["name", "-name", "newest", "lastRun", "owner"] = "name"


class ItemProblem(CamelSchema):
    """A reason for which an item can't be run; ``path`` points into its content."""

    path: str
    code: str
    message: str
    hint: str


class OwnerOut(CamelSchema):
    """The owner of an item."""

    id: int
    name: str
    is_active: bool


class ItemRowOut(CamelSchema):
    """A saved item in a list."""

    id: int
    key: UUID = Field(description="Its name in files, the same wherever it is imported.")
    kind: Kind
    name: str
    description: str
    tags: list[str]
    entity: str = Field(description="The entity that a report counts.")
    visibility: Visibility
    roles: list[Role]
    owner: OwnerOut | None = Field(description="Null once the owner was erased.")
    version: int = Field(description="The newest for who may edit it, else the published one.")
    published_version: int | None = Field(description="Null: a draft.")
    is_favorite: bool
    may_edit: bool
    created_at: datetime
    updated_at: datetime
    last_run_at: datetime | None = Field(description="To the minute.")


class BrokenOut(CamelSchema):
    """An item that the newest catalog refuses."""

    id: int
    kind: Kind
    name: str
    problems: list[ItemProblem]


class AuthorOut(CamelSchema):
    """The author of a version."""

    id: int
    name: str


class VersionRow(CamelSchema):
    """A save of an item."""

    number: int
    author: AuthorOut | None
    at: datetime
    note: str
    name: str
    is_published: bool


class VersionOut(VersionRow):
    """A save of an item with its content."""

    description: str
    tags: list[str]
    body: dict[str, Any]


class ChangeOut(CamelSchema):
    """A difference between two versions, in words."""

    path: str = Field(description="A JSON pointer into the content.")
    before: str | None
    after: str | None
    text: str


class VersionDiffOut(CamelSchema):
    """The differences between two versions."""

    before: int
    after: int
    changes: list[ChangeOut]


class UseOut(CamelSchema):
    """Something that uses a saved item."""

    kind: str
    id: int
    name: str


class ImpactUse(UseOut):
    """Something that stops to work."""

    is_draft: bool = Field(description="Only a draft uses it; readers don't see that.")
    places: list[str] = Field(description="JSON pointers to the definitions that name it.")
    via: int | None = Field(description="The saved item through which it is used.")


class ImpactOut(CamelSchema):
    """Everything that uses a field, metric or attribute."""

    path: str
    uses: list[ImpactUse]
    hidden: int = Field(description="Private items of others that use it too.")


class ImpactQuery(StrictQuery):
    """The name that is to be withdrawn."""

    path: str = Field(
        min_length=3,
        max_length=200,
        description="`entity.field`, `entity.metric`, or `attributes.key` of any entity.",
        examples=["enrollments.status"],
    )


class DiffQuery(StrictQuery):
    """The two versions to compare."""

    before: int = Field(ge=1, le=2**31 - 1)
    after: int = Field(ge=1, le=2**31 - 1)
