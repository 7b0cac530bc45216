"""Answers that a caller who has them already need not get again (RFC 9110, section 13)."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse

from optilearn.core.http.envelope import encode


def answer_cached(request: HttpRequest, data: Any) -> HttpResponse:
    """``data`` in the envelope with an ETag, or 304 where ``If-None-Match`` names it.

    It saves transfer and parsing on a phone, not the query: what the caller has may have
    become somebody else's business meanwhile, so each request is decided anew.
    """
    return answer_bytes(request, encode({"data": data, "error": None}), "application/json")


def answer_bytes(request: HttpRequest, body: bytes, content_type: str) -> HttpResponse:
    """The same for an answer that is no envelope."""
    tag = f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
    if _names(request.META.get("HTTP_IF_NONE_MATCH", ""), tag):
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(body, content_type=content_type)
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    return response


def _names(header: str, tag: str) -> bool:
    known = {part.strip().removeprefix("W/") for part in header.split(",")}
    return tag in known or header.strip() == "*"
