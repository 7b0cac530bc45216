"""Reading requests: strict JSON, and nothing that PostgreSQL can't keep."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from ninja.parser import Parser

from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.jsontext import read_json

_with_nul: list[tuple[str, re.Pattern[str]]] = []


def let_nul_pass(method: str, path: str) -> None:
    """Say of the operation at ``path`` (a pattern) that its bodies may hold the character NUL.

    For what is kept as a file; its other fields have to refuse it themselves.
    """
    _with_nul.append((method, re.compile(path)))


def _takes_nul(request: HttpRequest) -> bool:
    return any(
        request.method == method and path.fullmatch(request.path_info) for method, path in _with_nul
    )


class StrictParser(Parser):
    """JSON without NaN, half surrogates or NUL, which no text column takes."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body's value. Raises ``ValueError``, which is answered by VALIDATION_ERROR."""
        body = request.body
        value = read_json(body)
        if b"\\u0000" in body and _has_nul(value) and not _takes_nul(request):
            raise ValueError(_("Text can't contain the NUL character."))
        return value

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        """The parameters of a query. Raises ``AppError`` VALIDATION_ERROR."""
        values = super().parse_querydict(data, list_fields, request)
        if _has_nul(values) or not _is_text(values):
            raise AppError(
                ErrorCode.VALIDATION_ERROR, _("The query has characters that aren't valid text.")
            )
        return values


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_has_nul(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(_has_nul(part) for part in value)


def _is_text(values: dict[str, Any]) -> bool:
    try:
        repr_of_all = "".join(f"{name}{value}" for name, value in values.items())
        repr_of_all.encode()
    except UnicodeEncodeError:  # bytes that aren't UTF-8 arrive as lone surrogates
        return False
    return True
