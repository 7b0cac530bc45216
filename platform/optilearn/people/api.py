"""The API of sessions and people."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.core.access.policies import not_found
from optilearn.core.access.resolver import ACTING_COOKIE, ACTING_HEADER
from optilearn.core.http.auth import Public, principal_of
from optilearn.core.http.envelope import Done, Envelope, answer, refusals
from optilearn.core.http.pages import answer_page
from optilearn.people import selectors, services
from optilearn.people.schemas import (
    ActingIn,
    ActingOut,
    Health,
    NewToken,
    PeopleQuery,
    PersonOut,
    SessionOut,
    TokenIn,
    TokenOut,
)
from optilearn.people.signout import expire_session_cookies

router = Router(tags=["People"], by_alias=True)
DONE = {"done": True}


@router.get(
    "/session", response={200: Envelope[SessionOut], **refusals(401)}, operation_id="getSession"
)
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
            "actedBy": principal.actor_id,
            "scopes": None if principal.scopes is None else sorted(principal.scopes),
        }
    )


@router.delete(
    "/session", response={200: Envelope[Done], **refusals(401, 403)}, operation_id="endSession"
)
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out of this session; its token is worthless from now on."""
    services.end_session(principal=principal_of(request))
    response = answer(DONE)
    expire_session_cookies(request, response)
    return response


@router.delete(
    "/people/{int:personId}/sessions",
    response={200: Envelope[Done], **refusals(401, 403, 404)},
    operation_id="endPersonSessions",
)
def sign_out_everywhere(request: HttpRequest, personId: int) -> HttpResponse:
    """End every session of a person: one's own, or anybody's by an administrator."""
    services.end_all_sessions(principal=principal_of(request), person_id=personId)
    return answer(DONE)


@router.get(
    "/people",
    response={200: Envelope[list[PersonOut]], **refusals(400, 401, 403)},
    operation_id="listPeople",
)
def people(request: HttpRequest, query: Query[PeopleQuery]) -> HttpResponse:
    """The institution's people, for staff."""
    rows, total = selectors.people_list(principal_of(request), query)
    return answer_page(rows, total=total, query=query)


@router.get(
    "/people/{int:personId}",
    response={200: Envelope[PersonOut], **refusals(401, 404)},
    operation_id="getPerson",
)
def person(request: HttpRequest, personId: int) -> HttpResponse:
    """One person, for staff and for themselves."""
    return answer(selectors.person_detail(principal_of(request), personId))


@router.get(
    "/api-tokens",
    response={200: Envelope[list[TokenOut]], **refusals(401, 403)},
    operation_id="listApiTokens",
)
def api_tokens(request: HttpRequest) -> HttpResponse:
    """The tokens of the institution's integrations."""
    return answer(selectors.api_tokens(principal_of(request)))


@router.post(
    "/api-tokens",
    response={201: Envelope[NewToken], **refusals(400, 401, 403)},
    operation_id="createApiToken",
)
def create_api_token(request: HttpRequest, wanted: TokenIn) -> HttpResponse:
    """Make a token for an integration. It acts as you, within its scopes."""
    key, token = services.create_api_token(
        principal=principal_of(request),
        name=wanted.name,
        scopes=wanted.scopes,
        expires_at=wanted.expires_at,
    )
    return answer({"id": key, "token": token}, status=201)


@router.delete(
    "/api-tokens/{int:tokenId}",
    response={200: Envelope[Done], **refusals(401, 403, 404)},
    operation_id="revokeApiToken",
)
def revoke_api_token(request: HttpRequest, tokenId: int) -> HttpResponse:
    """End a token at once."""
    services.revoke_api_token(principal=principal_of(request), token_id=tokenId)
    return answer(DONE)


@router.post(
    "/acting",
    response={201: Envelope[ActingOut], **refusals(400, 401, 403, 404)},
    operation_id="startActing",
)
def act_as(request: HttpRequest, wanted: ActingIn) -> HttpResponse:
    """See and do what another person could, for half an hour. Both names are in the audit log."""
    token, expires_at = services.act_as(
        principal=principal_of(request), person_id=wanted.person_id, reason=wanted.reason
    )
    response = answer({"token": token, "expiresAt": expires_at}, status=201)
    response.set_cookie(
        ACTING_COOKIE,
        token,
        max_age=services.ACTING_MINUTES * 60,
        secure=not settings.DEBUG,
        httponly=True,
        samesite="Lax",
    )
    return response


@router.delete(
    "/acting", response={200: Envelope[Done], **refusals(401, 404)}, operation_id="stopActing"
)
def stop_acting(request: HttpRequest) -> HttpResponse:
    """Be yourself again: the acting token is worthless from now on. 404 if you are."""
    principal = principal_of(request)
    if principal.actor_id is None:
        raise not_found()
    token = request.headers.get(ACTING_HEADER) or request.COOKIES.get(ACTING_COOKIE, "")
    services.stop_acting(principal=principal, token=token)
    response = answer(DONE)
    response.delete_cookie(ACTING_COOKIE, samesite="Lax")
    return response


@router.get("/health", auth=Public(), response=Envelope[Health], operation_id="getHealth")
def health(request: HttpRequest) -> HttpResponse:
    """For load balancers: the process serves."""
    return answer({"status": "ok"})
