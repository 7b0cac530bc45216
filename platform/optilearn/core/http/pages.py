"""Pages of lists: which part is asked for, and the envelope that says where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Self

from django.http import HttpResponse
from django.utils.translation import gettext as _
from pydantic import Field, ValidationInfo, model_validator

from optilearn.core.http.envelope import CamelSchema, encode

MAX_PER_PAGE: Final = 100
MAX_PAGES: Final = 100_000


class StrictQuery(CamelSchema):
    """The parameters of a query, where a name that isn't known is refused.

    A filter with a slip in its name would otherwise be no filter, and answer too much.
    """

    @model_validator(mode="after")
    def _knows_every_name(self, info: ValidationInfo) -> Self:
        request = (info.context or {}).get("request")
        if request is not None:
            known = {field.alias or name for name, field in type(self).model_fields.items()}
            unknown = sorted(set(request.GET) - known)
            if unknown:
                raise ValueError(
                    _("Unknown parameter: %(names)s. Use: %(known)s.")
                    % {"names": ", ".join(unknown), "known": ", ".join(sorted(known))}
                )
        return self


class PageQuery(StrictQuery):
    """The part of a list that is asked for. A list's own filters and orders are added to it.

    A size above the maximum is an error, not silently less: the caller would miss rows.
    """

    page: int = Field(1, ge=1, le=MAX_PAGES)
    per_page: int = Field(25, ge=1, le=MAX_PER_PAGE)

    @property
    def offset(self) -> int:
        """The number of rows before the page."""
        return (self.page - 1) * self.per_page

    @property
    def window(self) -> slice:
        """The rows of the page, of a sequence of all."""
        return slice(self.offset, self.offset + self.per_page)


def answer_page(rows: Sequence[Any], *, total: int, query: PageQuery) -> HttpResponse:
    """One page of a list in the envelope; ``total`` counts the rows of all its pages."""
    body = {"data": rows, "error": None, "meta": page_meta(total, query)}
    return HttpResponse(encode(body), content_type="application/json")


def page_meta(total: int, query: PageQuery) -> dict[str, int]:
    """Return the position of the page among the others."""
    return {
        "total": total,
        "page": query.page,
        "perPage": query.per_page,
        "totalPages": -(-total // query.per_page),
    }
