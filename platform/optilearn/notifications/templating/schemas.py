"""Requests and responses of the API of templates."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints

from optilearn.core.http.envelope import CamelSchema, example
from optilearn.core.http.pages import PageQuery
from optilearn.core.text import visible
from optilearn.notifications.definitions import Category, Channel

Title = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(visible)]
Body = Annotated[str, StringConstraints(min_length=1, max_length=20_000), AfterValidator(visible)]
_GOOD = {
    "title": "{{ assignmentTitle }} was graded",
    "body": "Dear {{ firstName }},\n\nyou got **{{ score }} of {{ maxScore }}**.",
}


class TemplateQuery(PageQuery):
    """Filters of the list."""

    key: str | None = Field(None, max_length=60)
    channel: Channel | None = None
    locale: str | None = Field(None, max_length=10)
    own: bool | None = Field(
        None, description="True: only the institution's own templates; false: only the product's."
    )


class TemplateOut(CamelSchema):
    """The active template of a key on a channel in a language."""

    key: str
    label: str
    category: Category
    channel: Channel
    locale: str
    version: int | None = Field(
        description="The institution's active version; null: the product's template."
    )
    versions: int = Field(description="Number of the institution's versions.")


class TemplateName(CamelSchema):
    """A name that a template may use."""

    name: str
    example: Any


class TemplateVersion(CamelSchema):
    """A version of the institution's own template."""

    version: int
    title: str
    body: str
    is_active: bool
    created_at: datetime
    created_by: str = Field(description="The author's name; empty if the person was deleted.")


class TemplateDetail(TemplateOut):
    """A template with its history and what it may name."""

    title: str = Field(description="The active title in Liquid; the subject of an e-mail.")
    body: str = Field(description="The active body in Liquid; of an e-mail with Markdown.")
    default_title: str
    default_body: str
    names: list[TemplateName]
    filters: list[str]
    history: list[TemplateVersion] = Field(description="The newest first.")


class TemplateIn(CamelSchema):
    """A template in Liquid; the body of an e-mail with Markdown."""

    model_config = example(_GOOD)

    title: Title
    body: Body


class TemplateActivation(CamelSchema):
    """The version to activate."""

    model_config = example({"version": 1})

    version: int = Field(ge=1, le=2**31 - 1)


class PreviewIn(CamelSchema):
    """The template to preview (default: the active one) and the payload (default: the example)."""

    model_config = example(_GOOD | {"data": {"score": "48"}})

    title: Title | None = None
    body: Body | None = None
    data: dict[str, Any] | None = Field(
        None, description="Replaces the example's values of the same names."
    )


class PreviewOut(CamelSchema):
    """A message as its reader would get it."""

    title: str
    body: str = Field(description="Plain text; empty for an e-mail.")
    html: str = Field(description="HTML of an e-mail; empty for other channels.")
    text: str
    url: str
    version: int | None


class TemplateProblem(CamelSchema):
    """One thing that is wrong."""

    path: str = Field(description="/title or /body.")
    line: int
    code: Literal["syntax", "unknown_variable", "unknown_filter", "fails", "empty"]
    message: str
    hint: str


class TemplateVerdict(CamelSchema):
    """The result of validating a template."""

    valid: bool
    problems: list[TemplateProblem]


class TestOut(CamelSchema):
    """The test that was sent to you."""

    __test__ = False  # no test of ours, whatever its name begins with

    delivery_id: int
