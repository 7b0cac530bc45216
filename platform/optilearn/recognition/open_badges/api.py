"""Open Badges over HTTP: credentials for their holders, keys and revocations for verifiers."""

from __future__ import annotations

import json
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import Router

from optilearn.core.http.auth import Public, principal_of
from optilearn.core.http.envelope import refusals
from optilearn.recognition.open_badges import selectors
from optilearn.recognition.open_badges.credentials import CONTENT_TYPE

router = Router(tags=["Open Badges"], by_alias=True)

_DID_CONTENT_TYPE: Final = "application/did+json"


def _document(content_type: str, description: str) -> dict[str, Any]:
    schema = {"type": "object" if content_type.endswith("json") else "string"}
    content = {content_type: {"schema": schema}}
    return {"responses": {200: {"description": description, "content": content}}}


def _token(token: str, name: str) -> HttpResponse:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.jwt"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(token, content_type=CONTENT_TYPE, headers=headers)


@router.get(
    "/me/badges/{int:badgeId}/credential",
    response=refusals(403, 404, 503),
    openapi_extra=_document(CONTENT_TYPE, "The credential, a compact JSON Web Token."),
    operation_id="getBadgeCredential",
)
def badge_credential(request: HttpRequest, badgeId: int) -> HttpResponse:
    """A badge of the calling student as an Open Badges 3.0 credential, for a wallet."""
    token = selectors.badge_credential(principal_of(request), badgeId)
    return _token(token, f"badge-{badgeId}")


@router.get(
    "/certificates/{int:certificateId}/credential",
    response=refusals(403, 404, 409, 503),
    openapi_extra=_document(CONTENT_TYPE, "The credential, a compact JSON Web Token."),
    operation_id="getCertificateCredential",
)
def certificate_credential(request: HttpRequest, certificateId: int) -> HttpResponse:
    """A certificate as an Open Badges 3.0 credential; there is none of a revoked one."""
    token = selectors.certificate_credential(principal_of(request), certificateId)
    return _token(token, f"certificate-{certificateId}")


@router.get(
    "/open-badges/{slug:issuer}/did.json",
    auth=Public(),
    response=refusals(404),
    openapi_extra=_document(_DID_CONTENT_TYPE, "The DID document."),
    operation_id="getOpenBadgesIssuer",
)
def issuer_document(request: HttpRequest, issuer: str) -> HttpResponse:
    """The institution's public keys, which credentials are verified with."""
    document = selectors.did_document(issuer)
    headers = {"Cache-Control": "public, max-age=300"}
    return HttpResponse(json.dumps(document), content_type=_DID_CONTENT_TYPE, headers=headers)


@router.get(
    "/open-badges/{slug:issuer}/revoked/{int:number}",
    auth=Public(),
    response=refusals(404),
    openapi_extra=_document(CONTENT_TYPE, "The list, a compact JSON Web Token."),
    operation_id="getRevokedCertificates",
)
def revoked(request: HttpRequest, issuer: str, number: int) -> HttpResponse:
    """The revoked certificates of an institution as a Bitstring Status List, never cached."""
    token = selectors.revocations(issuer, number)
    return HttpResponse(token, content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})
