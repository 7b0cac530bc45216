"""The API of messages, for apps that speak as the pages do."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from optilearn.core.http.auth import Public
from optilearn.core.http.conditional import answer_cached
from optilearn.core.http.envelope import Envelope, refusals
from optilearn.core.http.openapi import conditional
from optilearn.languages.schemas import MessageBundle
from optilearn.languages.selectors import messages_of

router = Router(tags=["Languages"], by_alias=True)


@router.get(
    "/messages/{locale}",
    auth=Public(),
    response={200: Envelope[MessageBundle], **refusals(404)},
    openapi_extra=conditional(),
    operation_id="getMessages",
)
def messages(request: HttpRequest, locale: str) -> HttpResponse:
    """All messages of the product in a language, by the same keys as on its own pages.

    Open to everybody, as the page to sign in needs them. Ask with the ETag of the answer that you
    have: it changes with the installed version alone.
    """
    return answer_cached(request, messages_of(locale))
