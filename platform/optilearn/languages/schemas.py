"""Schemas of messages."""

from __future__ import annotations

from pydantic import Field

from optilearn.core.http.envelope import CamelSchema


class MessageBundle(CamelSchema):
    """The product's messages in a language, as its own pages have them."""

    locale: str
    plural_forms: str = Field(
        description="GNU gettext's rule: which of the texts is for a number `n`."
    )
    messages: dict[str, str | list[str]] = Field(
        description="By the English text; a list has a text for each plural form. Parts like"
        " `%(name)s` are to be filled in."
    )
