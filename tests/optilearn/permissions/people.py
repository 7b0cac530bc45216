"""Who may see people, end sessions, make tokens and act as others."""

from __future__ import annotations

from typing import Any, Final

from optilearn.people.models import ApiToken
from tests.support.permissions import ADMINS, EVERYBODY, STAFF, Rule
from tests.support.twins import Twin


def lena(twin: Twin) -> dict[str, int]:
    return {"personId": twin.people["lena"].pk}


def a_token(twin: Twin) -> dict[str, int]:
    row = ApiToken.objects.filter(name="a rule's").first()
    return {"tokenId": row.pk if row else 0}


def make_a_token(twin: Twin) -> None:
    ApiToken.objects.create(
        person=twin.people["asha"], name="a rule's", token_hash=b"x", hint="x", scopes=[]
    )


def token_wish(_: Twin) -> dict[str, Any]:
    return {"name": "Timetable", "scopes": ["courses:read"]}


def as_lena(twin: Twin) -> dict[str, Any]:
    return {"personId": twin.people["lena"].pk, "reason": "She asked what she sees."}


RULES: Final = [
    Rule("GET", "/api/session", EVERYBODY),
    Rule("DELETE", "/api/session", EVERYBODY),
    Rule("GET", "/api/people", STAFF),
    Rule("GET", "/api/people/{personId}", f"{STAFF} lena", params=lena, denied=404),
    Rule("DELETE", "/api/people/{personId}/sessions", f"{ADMINS} lena", params=lena, denied=404),
    Rule("GET", "/api/api-tokens", ADMINS),
    Rule("POST", "/api/api-tokens", ADMINS, body=token_wish),
    Rule("DELETE", "/api/api-tokens/{tokenId}", ADMINS, params=a_token, setup=make_a_token),
    Rule("POST", "/api/acting", "asha sita", body=as_lena),
    Rule("DELETE", "/api/acting", "", denied=404),
]
