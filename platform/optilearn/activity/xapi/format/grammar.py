"""The grammar of statements (Data 2.4) as types: nothing unknown, null or converted.

https://github.com/adlnet/xAPI-Spec, version 1.0.3. A default here only says that a property may be
left out; a null is refused, since it isn't of the property's type.
"""

# ruff: noqa: N815  (the names are the standard's)
from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal, Self, TypeAlias

from django.utils.translation import gettext as _
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    model_validator,
)
from pydantic import Tag as Kind

from optilearn.activity.xapi.format.values import (
    AccountName,
    Duration,
    Extensions,
    Id,
    Instant,
    Iri,
    LanguageMap,
    Mailbox,
    Sha1,
    Sha2,
    Tag,
)

ABSENT: Final[Any] = None
VOIDED: Final = "http://adlnet.gov/expapi/verbs/voided"
_IDENTIFIERS: Final = frozenset({"mbox", "mbox_sha1sum", "openid", "account"})
_VERSION: Final = re.compile(r"1\.0(?:\.[0-9]{1,4})?")


class _Form(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class Account(_Form):
    """An account: a person under the name that a system gives."""

    homePage: Iri
    name: AccountName = Field(min_length=1)


class _Identified(_Form):
    name: str = ABSENT
    mbox: Mailbox = ABSENT
    mbox_sha1sum: Sha1 = ABSENT
    openid: Iri = ABSENT
    account: Account = ABSENT

    @property
    def identifiers(self) -> int:
        """Return how many of the four identifiers are used."""
        return len(_IDENTIFIERS & self.model_fields_set)


class Agent(_Identified):
    """A person or a system, identified in exactly one way."""

    objectType: Literal["Agent"] = "Agent"

    @model_validator(mode="after")
    def _once(self) -> Self:
        if self.identifiers != 1:
            raise ValueError(_("An agent has one of mbox, mbox_sha1sum, openid and account."))
        return self


class Group(_Identified):
    """Several agents; without an identifier its members say who it is."""

    objectType: Literal["Group"]
    member: list[Agent] = ABSENT

    @model_validator(mode="after")
    def _identified(self) -> Self:
        if self.identifiers > 1 or not (self.identifiers or self.member):
            raise ValueError(_("A group has one identifier, or members."))
        return self


def _typed(usual: str) -> Discriminator:
    """Chooses by ``objectType``, which may be left out for the usual one."""

    def kind(value: Any) -> str | None:
        found = value.get("objectType", usual) if isinstance(value, dict) else None
        return found if isinstance(found, str) else None

    return Discriminator(kind, custom_error_type="objectType",
                         custom_error_message="Unknown objectType.")  # fmt: skip


Actor = Annotated[
    Annotated[Agent, Kind("Agent")] | Annotated[Group, Kind("Group")], _typed("Agent")
]


class Verb(_Form):
    """The verb."""

    id: Iri
    display: LanguageMap = ABSENT


class Component(_Form):
    """One choice, step, source or target of an interaction."""

    id: str
    description: LanguageMap = ABSENT


def _distinct(components: list[Component]) -> list[Component]:
    if len({one.id for one in components}) != len(components):
        raise ValueError(_("The parts of an interaction have ids of their own."))
    return components


Components: TypeAlias = Annotated[list[Component], AfterValidator(_distinct)]


class Definition(_Form):
    """The definition of an activity."""

    name: LanguageMap = ABSENT
    description: LanguageMap = ABSENT
    type: Iri = ABSENT
    moreInfo: Iri = ABSENT
    extensions: Extensions = ABSENT
    interactionType: Literal[
        "true-false", "choice", "fill-in", "long-fill-in", "matching", "performance",
        "sequencing", "likert", "numeric", "other",
    ] = ABSENT  # fmt: skip
    correctResponsesPattern: list[str] = ABSENT
    choices: Components = ABSENT
    scale: Components = ABSENT
    source: Components = ABSENT
    target: Components = ABSENT
    steps: Components = ABSENT


class Activity(_Form):
    """An attachment."""

    objectType: Literal["Activity"] = "Activity"
    id: Iri
    definition: Definition = ABSENT


class StatementRef(_Form):
    """Another statement, by its id."""

    objectType: Literal["StatementRef"]
    id: Id


class Score(_Form):
    """A score."""

    scaled: float = Field(ABSENT, ge=-1, le=1, allow_inf_nan=False)
    raw: float = Field(ABSENT, allow_inf_nan=False)
    min: float = Field(ABSENT, allow_inf_nan=False)
    max: float = Field(ABSENT, allow_inf_nan=False)

    @model_validator(mode="after")
    def _within(self) -> Self:
        lowest, highest, given = self.min, self.max, self.raw
        if None not in (lowest, highest) and lowest >= highest:
            raise ValueError(_("A score's min is less than its max."))
        if given is not None and (
            (lowest is not None and given < lowest) or (highest is not None and given > highest)
        ):
            raise ValueError(_("A raw score is between min and max."))
        return self


class Result(_Form):
    """The result."""

    score: Score = ABSENT
    success: bool = ABSENT
    completion: bool = ABSENT
    response: str = ABSENT
    duration: Duration = ABSENT
    extensions: Extensions = ABSENT


def _listed(value: Any) -> Any:
    # A single activity was the form of version 0.95, and is still taken.
    return [value] if isinstance(value, dict) else value


Activities = Annotated[list[Activity], BeforeValidator(_listed)]


class ContextActivities(_Form):
    """The context."""

    parent: Activities = ABSENT
    grouping: Activities = ABSENT
    category: Activities = ABSENT
    other: Activities = ABSENT


class Context(_Form):
    """In which circumstances."""

    registration: Id = ABSENT
    instructor: Actor = ABSENT
    team: Group = ABSENT
    contextActivities: ContextActivities = ABSENT
    revision: str = ABSENT
    platform: str = ABSENT
    language: Tag = ABSENT
    statement: StatementRef = ABSENT
    extensions: Extensions = ABSENT


class Attachment(_Form):
    """A file that belongs to it; our files are given by URL."""

    usageType: Iri
    display: LanguageMap
    description: LanguageMap = ABSENT
    contentType: str
    length: int = Field(ge=0)
    sha2: Sha2
    fileUrl: Iri


class _Event(_Form):
    """The common part of statements and sub-statements."""

    actor: Actor
    verb: Verb
    result: Result = ABSENT
    context: Context = ABSENT
    timestamp: Instant = ABSENT
    attachments: list[Attachment] = ABSENT

    @model_validator(mode="after")
    def _only_of_activities(self) -> Self:
        target = getattr(self, "object", None)
        if self.context is not None and not isinstance(target, Activity):
            for name in ("revision", "platform"):
                if name in self.context.model_fields_set:
                    words = _("Only a statement about an activity has a %(name)s.")
                    raise ValueError(words % {"name": name})
        return self


_Agent = Annotated[Agent, Kind("Agent")]
_Group = Annotated[Group, Kind("Group")]
_Activity = Annotated[Activity, Kind("Activity")]
_Ref = Annotated[StatementRef, Kind("StatementRef")]


class SubStatement(_Event):
    """A statement inside another, such as what somebody means to do."""

    objectType: Literal["SubStatement"]
    object: Annotated[_Activity | _Agent | _Group | _Ref, _typed("Activity")]


_Sub = Annotated[SubStatement, Kind("SubStatement")]


def _authority(value: Agent | Group) -> Agent | Group:
    if isinstance(value, Group) and (value.identifiers or len(value.member) != 2):
        raise ValueError(_("An authority is an agent, or an anonymous group of two."))
    return value


def _version(text: str) -> str:
    if not _VERSION.fullmatch(text):
        raise ValueError(_("The version of a statement is 1.0.x."))
    return text


class Form(_Event):
    """A whole statement."""

    id: Id = ABSENT
    object: Annotated[_Activity | _Agent | _Group | _Ref | _Sub, _typed("Activity")]
    stored: Instant = ABSENT
    authority: Annotated[Actor, AfterValidator(_authority)] = ABSENT
    version: Annotated[str, AfterValidator(_version)] = ABSENT

    @model_validator(mode="after")
    def _voids_a_statement(self) -> Self:
        if self.is_voiding and not isinstance(self.object, StatementRef):
            raise ValueError(_("A voiding statement's object is a StatementRef."))
        return self

    @property
    def is_voiding(self) -> bool:
        """True if it voids another statement."""
        return self.verb.id == VOIDED
