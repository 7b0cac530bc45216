"""Session tokens and cookies, against the vectors and hazards of Auth.js v5."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import time
from typing import Any

import pytest
from joserfc import jwe
from joserfc.jwk import OctKey

from optilearn.core.access.cookies import session_candidates
from optilearn.core.access.tokens import (
    SessionClaims,
    TokenError,
    decode,
    derive_key,
    encode,
    encrypt,
    thumbprint,
)

SECRET = "optilearn-test-secret"
NAME = "authjs.session-token"
SECURE_NAME = "__Secure-authjs.session-token"
CLAIMS: dict[str, Any] = {
    "id": "u1",
    "email": "asha@north.example",
    "name": "Asha",
    "role": "ADMIN",
    "institutionId": "crm-north",
    "institutionSlug": "north",
    "isContact": False,
    "contactId": None,
    "contactType": None,
}


def read(token: str, *secrets: str, name: str = NAME) -> SessionClaims:
    return decode(token, secrets=secrets or (SECRET,), cookie_name=name)


@pytest.mark.parametrize(
    ("name", "key", "kid"),
    [
        (
            NAME,
            "d4b008ec9974f21149b73e2e5b675abd1f6fc80d206a2993fec68ad7eb046e5f"
            "9d490041ff9dc41f0496031c7653e9f9101317dc7e7f6d6596e230df5af94b26",
            "5wydxEwzp6cn1Ii046vzmc5yFxMl1wT1X12S_Ll9QdBN9fZGGckLFb0G7CrDKR62WqedRfdYBIEY-pnO_HUK8Q",
        ),
        (
            SECURE_NAME,
            "5c271dfacafb6e13775895b4c9d82921d989bf2a60cd0d32da89bd954732fbcb"
            "5585ae36694d1a6631efa6f641a00d3bb497cb65958522c43cff7d0ae9d37a53",
            "jcPIE86b9fBhIquxc4GP5Lk72KZvCzUuN_fWnGOXeEN43k4FL1CjI9t_CmU8NY9xvF9rzqHUe6nOOB-p_wmcRQ",
        ),
    ],
)
def test_keys_and_thumbprints_are_those_of_auth_js(name: str, key: str, kid: str) -> None:
    assert derive_key(SECRET, name).hex() == key
    assert thumbprint(derive_key(SECRET, name)) == kid


def test_the_gcm_thumbprint_is_that_of_auth_js() -> None:
    assert (
        thumbprint(derive_key(SECRET, NAME)[:32]) == "xpQgFlbIwN4U3M-1jF5Mw7fkOq7MSIo8BGLnwogjaNY"
    )


def test_claims_come_back() -> None:
    claims = read(encode(CLAIMS, secret=SECRET, cookie_name=NAME))
    assert (claims.subject, claims.role, claims.institution_slug) == ("u1", "ADMIN", "north")


def test_a_gcm_token_is_read() -> None:
    key = derive_key(SECRET, NAME)[:32]
    now = int(time.time())
    header = {"alg": "dir", "enc": "A256GCM", "kid": thumbprint(key)}
    body = json.dumps(CLAIMS | {"iat": now, "exp": now + 60}).encode()
    token = jwe.encrypt_compact(header, body, OctKey.import_key(key), algorithms=["dir", "A256GCM"])
    assert read(token).subject == "u1"


def test_any_of_several_secrets_opens_a_token() -> None:
    token = encode(CLAIMS, secret="old", cookie_name=NAME)
    assert read(token, "new", "old").subject == "u1"
    with pytest.raises(TokenError):
        read(token, "new", "newer")


def test_without_kid_only_the_first_secret_is_tried() -> None:
    now = int(time.time())
    body = json.dumps(CLAIMS | {"iat": now, "exp": now + 60}).encode()
    token = jwe.encrypt_compact(
        {"alg": "dir", "enc": "A256CBC-HS512"},
        body,
        OctKey.import_key(derive_key("old", NAME)),
        algorithms=["dir", "A256CBC-HS512"],
    )
    assert read(token, "old", "new").subject == "u1"
    with pytest.raises(TokenError):
        read(token, "new", "old")


def test_a_development_token_is_worthless_in_production() -> None:
    with pytest.raises(TokenError):
        read(encode(CLAIMS, secret=SECRET, cookie_name=NAME), name=SECURE_NAME)


@pytest.mark.parametrize(("age", "accepted"), [(14, True), (20, False)])
def test_expiry_has_fifteen_seconds_of_tolerance(age: int, *, accepted: bool) -> None:
    now = int(time.time())
    token = encrypt(CLAIMS | {"iat": now - 100, "exp": now - age}, secret=SECRET, cookie_name=NAME)
    if accepted:
        assert read(token).subject == "u1"
    else:
        with pytest.raises(TokenError, match="expired"):
            read(token)


@pytest.mark.parametrize(
    "missing", ["exp", "iat", "id", "role", "institutionId", "institutionSlug"]
)
def test_a_missing_claim_refuses_the_token(missing: str) -> None:
    now = int(time.time())
    payload = CLAIMS | {"iat": now, "exp": now + 60}
    del payload[missing]
    with pytest.raises(TokenError):
        read(encrypt(payload, secret=SECRET, cookie_name=NAME))


@pytest.mark.parametrize("value", [None, "", [], {}, True, 1.5])
@pytest.mark.parametrize("claim", ["institutionId", "institutionSlug", "id"])
def test_a_claim_of_a_wrong_type_refuses_the_token(claim: str, value: object) -> None:
    with pytest.raises(TokenError):
        read(encode(CLAIMS | {claim: value}, secret=SECRET, cookie_name=NAME))


@pytest.mark.parametrize("part", [0, 2, 3, 4])
def test_a_tampered_token_is_refused(part: int) -> None:
    parts = encode(CLAIMS, secret=SECRET, cookie_name=NAME).split(".")
    parts[part] = ("B" if parts[part][0] == "A" else "A") + parts[part][1:]
    with pytest.raises(TokenError):
        read(".".join(parts))


@pytest.mark.parametrize(
    "token", ["", ".", "....", "a.b.c.d.e", "é....", "e30....", "x" * 100_000, "W10..a.b.c"]
)
def test_garbage_is_refused(token: str) -> None:
    with pytest.raises(TokenError):
        read(token)


def test_an_unsigned_or_compressed_token_is_refused() -> None:
    for header in ({"alg": "none"}, {"alg": "dir", "enc": "A256CBC-HS512", "zip": "DEF"}):
        first = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
        with pytest.raises(TokenError):
            read(f"{first}..aa.bb.cc")


class TestCookies:
    def test_the_bare_cookie(self) -> None:
        assert session_candidates(f"a=b; {NAME}=value", NAME) == ["value"]

    def test_five_chunks_in_any_order(self) -> None:
        pieces = [f"{NAME}.{i}=part{i}" for i in (3, 0, 4, 1, 2)]
        assert session_candidates("; ".join(pieces), NAME)[0] == "part0part1part2part3part4"

    def test_a_stale_bare_cookie_beside_chunks_comes_second(self) -> None:
        header = f"{NAME}=stale; {NAME}.0=a; {NAME}.1=b"
        assert session_candidates(header, NAME) == ["ab", "a", "stale"]

    def test_a_stale_chunk_beside_the_bare_cookie_is_not_complete(self) -> None:
        assert session_candidates(f"{NAME}=good; {NAME}.1=stale", NAME) == ["good"]

    def test_a_cookie_that_merely_begins_with_the_name_counts_for_nothing(self) -> None:
        header = f"{NAME}-old=x; {NAME}.x=y; {NAME}=good; {NAME}.=z"
        assert session_candidates(header, NAME) == ["good"]

    def test_two_of_one_name_are_both_tried_and_empty_ones_are_skipped(self) -> None:
        header = f"{NAME}=; {NAME}=first; {NAME}=second"
        assert session_candidates(header, NAME) == ["first", "second"]

    def test_percent_encoding_is_undone(self) -> None:
        assert session_candidates(f"{NAME}=a%2Eb", NAME) == ["a.b"]


@pytest.mark.skipif(
    shutil.which("node") is None, reason="Node is missing: HKDF is not cross-checked"
)
def test_node_derives_the_same_key() -> None:
    """An oracle that isn't our code: HKDF of Node's own crypto module."""
    script = (
        "const c=require('crypto');process.stdout.write(Buffer.from(c.hkdfSync('sha256',"
        f"'{SECRET}','{NAME}','Auth.js Generated Encryption Key ({NAME})',64)).toString('hex'))"
    )
    node = subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True)
    assert node.stdout == derive_key(SECRET, NAME).hex()
