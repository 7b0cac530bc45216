"""Who is signed in, and whether the service is well."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from optilearn.core.http.auth import Public, principal_of
from optilearn.core.http.envelope import CamelSchema, Envelope, ErrorEnvelope, answer

router = Router(tags=["Session"], by_alias=True)


class SessionOut(CamelSchema):
    """The signed-in person."""

    person_id: int
    name: str
    role: str
    institution: str
    locale: str


class Health(CamelSchema):
    """The service answers."""

    status: str


@router.get("/session", response={200: Envelope[SessionOut], 401: ErrorEnvelope})
def session(request: HttpRequest) -> HttpResponse:
    """The person and institution of the session token."""
    principal = principal_of(request)
    return answer(
        {
            "personId": principal.person_id,
            "name": principal.name,
            "role": principal.role.value,
            "institution": principal.institution_slug,
            "locale": principal.locale,
        }
    )


@router.get("/health", auth=Public(), response=Envelope[Health])
def health(request: HttpRequest) -> HttpResponse:
    """For load balancers: the process serves."""
    return answer({"status": "ok"})
