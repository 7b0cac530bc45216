"""Schemas of the people API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from typing_extensions import TypeAliasType

from optilearn.core.access.roles import Role
from optilearn.core.http.envelope import CamelSchema, example
from optilearn.core.http.instants import Instant
from optilearn.core.http.keys import Key
from optilearn.core.http.pages import PageQuery
from optilearn.core.text import Visible

Short = Annotated[Visible, StringConstraints(max_length=200)]


PersonKind = TypeAliasType("PersonKind", Literal["USER", "STUDENT", "PARENT"])
PersonStatus = TypeAliasType("PersonStatus", Literal["ACTIVE", "INACTIVE"])


class SessionOut(CamelSchema):
    """The signed-in person."""

    person_id: int
    name: str
    role: Role
    institution: str
    locale: str
    acted_by: int | None = Field(
        description="The administrator who acts as this person; show it on every screen."
    )
    scopes: list[str] | None = Field(description="What an integration's token is limited to.")


class Health(CamelSchema):
    """The service answers."""

    status: Literal["ok"]


class PeopleQuery(PageQuery):
    """Filters and orders of the list of people."""

    q: str | None = Field(None, max_length=200, description="Parts of name, code or e-mail.")
    kind: PersonKind | None = None
    role: Annotated[str, StringConstraints(max_length=40)] | None = None
    status: PersonStatus | None = None
    class_id: Annotated[str, StringConstraints(max_length=200)] | None = None
    section_id: Annotated[str, StringConstraints(max_length=200)] | None = None
    order: Literal["name", "-name"] = "name"


class PersonOut(CamelSchema):
    """A person: our copy of what OptiCRM knows."""

    id: int
    kind: PersonKind
    role: Role
    code: str
    name: str
    email: str
    class_id: str
    class_name: str
    section_id: str
    section_name: str
    status: PersonStatus
    refreshed_at: datetime | None


class TokenIn(CamelSchema):
    """A token for an integration."""

    model_config = example(
        {"name": "Timetable", "scopes": ["courses:read"], "expiresAt": "2027-04-01T00:00:00Z"}
    )

    name: Short
    scopes: list[Annotated[str, StringConstraints(max_length=60)]] = Field(
        min_length=1,
        max_length=200,
        description="`area:read` or `area:write`; the area is the first part of a path.",
        examples=[["courses:read", "analytics:write"]],
    )
    expires_at: Instant | None = None


class TokenOwner(CamelSchema):
    """The person that a token acts as."""

    id: int
    name: str


class TokenOut(CamelSchema):
    """A token of an integration, without its secret."""

    id: int
    name: str
    hint: str = Field(description="The last letters of the secret.")
    scopes: list[str]
    person: TokenOwner
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class NewToken(CamelSchema):
    """A fresh token. The secret is shown only once."""

    id: int
    token: str


class ActingIn(CamelSchema):
    """The person to act as, and the reason."""

    model_config = example(
        {"personId": 12, "reason": "She can't open her lesson and asked us to look."}
    )

    person_id: Key
    reason: Short = Field(
        description="For the audit log, which never forgets: the person's name, code and address"
        " are left out."
    )


class ActingOut(CamelSchema):
    """Send the token as `X-Acting-As` beside your own session; pages get it as a cookie."""

    token: str
    expires_at: datetime
