"""Credentials, verified by a library of others; what they say, and what ends them."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import urlsplit

import joserfc.jwk
import joserfc.jws
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.test import Client
from openbadgeslib.ob3 import OB3VerificationError, OB3Verifier

from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.institutions.models import Institution
from optilearn.people.models import Person
from optilearn.recognition.models import EarnedBadge
from optilearn.recognition.open_badges.credentials import did_of
from optilearn.recognition.open_badges.keys import UnusableKeyError, parsed_keys
from optilearn.recognition.open_badges.status_list import BITS, encoded, place_of
from tests.support.certificates import MARCH, ask, certified, complete, done
from tests.support.client import bearer, token_of
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
RULE = {"all": [{"count": "lessonsCompleted", "atLeast": 1}, {"count": "points", "atLeast": 10}]}


def pem(private: Any) -> str:
    return str(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


KEYS = {
    "RS256": pem(rsa.generate_private_key(65537, 2048)),
    "ES256": pem(ec.generate_private_key(ec.SECP256R1())),
}


@pytest.fixture(autouse=True)
def _a_key(settings: Any) -> None:
    settings.OPEN_BADGES_KEYS = KEYS["ES256"]
    settings.APP_URL = "https://learn.example.org"


def get(path: str, twin: Twin | None = None, name: str = "lena") -> Any:
    headers = bearer(token_of(twin, name)) if twin else {}
    return Client().get(f"/api{path}", headers=headers)


def token(path: str, twin: Twin, name: str = "lena") -> str:
    answered = get(path, twin, name)
    assert answered.status_code == 200, answered.content
    assert answered["Content-Type"] == "application/vc+jwt"
    return str(answered.content.decode())


def download(url: str) -> bytes:
    """What a verifier fetches from the published addresses."""
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc) == ("https", "learn.example.org")
    answered = Client().get(parts.path)
    assert answered.status_code == 200
    return bytes(answered.content)


def verified(credential: str, twin: Twin, **options: Any) -> Any:
    """The credential as a stranger reads it who knows only the issuer's DID."""
    did = f"did:web:learn.example.org:api:open-badges:{_slug(twin)}"
    verifier = OB3Verifier.for_issuer_did(did, download=download)
    return verifier.verify(credential, check_status=True, download=download, **options)


def earned(twin: Twin, name: str = "lena", title: str = "First steps") -> int:
    with clock.frozen(MARCH):
        badge = done(twin, "asha", "POST", "/badges", {"title": title, "rule": RULE})["id"]
        with tenant_context(twin.id):
            complete(twin, name)
    return int(badge)


@pytest.mark.parametrize("algorithm", KEYS)
def test_a_badge_is_accepted_by_a_verifier(twins: Twins, settings: Any, algorithm: str) -> None:
    settings.OPEN_BADGES_KEYS = KEYS[algorithm]
    address = "Lena@north.example.org"
    with tenant_context(twins[0].id):
        Person.objects.filter(pk=twins[0].people["lena"].pk).update(email=address)
    credential = token(f"/me/badges/{earned(twins[0])}/credential", twins[0])
    found = verified(credential, twins[0])
    assert (found.achievement.name, found.achievement.achievement_type) == ("First steps", "Badge")
    assert found.achievement.criteria_narrative == "Complete 1 lesson. Collect 10 points."
    assert found.issuance_date == MARCH.replace(microsecond=0)
    assert found.issuer.name == twins[0].institution.name
    named, mail = found.identifiers
    assert (named.identity_type, named.identity_hash) == ("name", "Lena")
    digest = hashlib.sha256((address.lower() + mail.salt).encode()).hexdigest()
    assert mail.identity_hash == f"sha256${digest}"
    assert address not in json.dumps(found.raw)


def _published(path: str) -> bytes:
    return download(f"https://learn.example.org/api/open-badges/{path}")


def test_another_library_verifies_the_signature_by_the_published_key(twins: Twins) -> None:
    credential = token(f"/me/badges/{earned(twins[0])}/credential", twins[0])
    document = json.loads(_published(f"{_slug(twins[0])}/did.json"))
    (method,) = document["verificationMethod"]
    key = joserfc.jwk.import_key(method["publicKeyJwk"])
    parsed = joserfc.jws.deserialize_compact(credential, key, algorithms=["ES256"])
    assert parsed.headers()["kid"] == method["id"]
    assert json.loads(parsed.payload)["iss"] == document["id"]
    assert "d" not in method["publicKeyJwk"]


def test_a_changed_or_foreign_credential_is_refused(twins: Twins) -> None:
    north, south = twins
    credential = token(f"/me/badges/{earned(north)}/credential", north)
    head, body, signature = credential.split(".")
    other = token(f"/me/badges/{earned(south)}/credential", south)
    for changed in (
        f"{head}.{other.split('.')[1]}.{signature}",
        f"{head}.{body}.{signature[:-4]}AAAA",
    ):
        with pytest.raises(OB3VerificationError):
            verified(changed, north)
    with pytest.raises(OB3VerificationError, match="issuer"):
        verified(other, north)


def test_credentials_outlive_a_change_of_keys(twins: Twins, settings: Any) -> None:
    badge = earned(twins[0])
    before = token(f"/me/badges/{badge}/credential", twins[0])
    settings.OPEN_BADGES_KEYS = KEYS["RS256"] + "\n" + KEYS["ES256"]
    after = token(f"/me/badges/{badge}/credential", twins[0])
    assert verified(before, twins[0]).raw["id"] == verified(after, twins[0]).raw["id"]
    settings.OPEN_BADGES_KEYS = KEYS["RS256"]
    with pytest.raises(OB3VerificationError):
        verified(before, twins[0])


def test_a_certificate_is_a_credential_until_it_is_revoked(twins: Twins) -> None:
    certificate = certified(twins[0])
    path = f"/certificates/{certificate.pk}/credential"
    credential = token(path, twins[0])
    found = verified(credential, twins[0])
    assert found.raw["id"] == f"https://learn.example.org/verify/{certificate.code}"
    assert found.achievement.achievement_type == "Certificate"
    reason = {"reason": "A mistake."}
    done(twins[0], "asha", "POST", f"/certificates/{certificate.pk}/revoke", reason)
    with pytest.raises(OB3VerificationError, match="revocation"):
        verified(credential, twins[0])
    status, envelope = ask(twins[0], "lena", "GET", path)
    assert (status, envelope["error"]["code"]) == (409, "CONFLICT")


def test_an_expired_certificate_says_so(twins: Twins) -> None:
    long_ago = MARCH.replace(year=2020)
    certificate = certified(twins[0], at=long_ago, valid_months=12)
    credential = token(f"/certificates/{certificate.pk}/credential", twins[0])
    with pytest.raises(OB3VerificationError, match="expired"):
        verified(credential, twins[0])


def test_lists_of_revocations_know_one_institution_alone(twins: Twins) -> None:
    north, south = twins
    hers = certified(north)
    done(north, "asha", "POST", f"/certificates/{hers.pk}/revoke", {"reason": "A mistake."})
    number, _index = place_of(hers.pk)
    lists = {
        twin.id: json.loads(
            joserfc.jws.extract_compact(_published(f"{_slug(twin)}/revoked/{number}")).payload
        )["credentialSubject"]["encodedList"]
        for twin in twins
    }
    assert lists[south.id] == encoded([])
    assert lists[north.id] == encoded([hers.pk % BITS])


@pytest.mark.parametrize(
    "path",
    [
        "/open-badges/no-such-school/did.json",
        "/open-badges/no-such-school/revoked/0",
        "/open-badges/{slug}/revoked/999999999999999999999999",
        "/open-badges/{slug}/revoked/70368744177664",
    ],
)
def test_what_is_not_published_is_not_found(twins: Twins, path: str) -> None:
    answered = get(path.replace("{slug}", _slug(twins[0])))
    assert answered.status_code == 404
    assert answered.json()["error"]["code"] == "NOT_FOUND"


def test_only_who_has_a_badge_gets_its_credential(twins: Twins) -> None:
    badge = earned(twins[0])
    assert get(f"/me/badges/{badge}/credential", twins[0], "मीरा").status_code == 404
    assert get(f"/me/badges/{badge}/credential", twins[1]).status_code == 404


def test_without_a_key_there_are_none(twins: Twins, settings: Any) -> None:
    badge = earned(twins[0])
    settings.OPEN_BADGES_KEYS = ""
    answered = get(f"/me/badges/{badge}/credential", twins[0])
    assert answered.status_code == 503
    assert answered.json()["error"]["code"] == "SERVICE_UNAVAILABLE"
    assert get(f"/open-badges/{_slug(twins[0])}/did.json").status_code == 404


def test_criteria_are_in_the_language_of_the_institution(twins: Twins) -> None:
    badge = earned(twins[0])
    with tenant_context(twins[0].id):
        Institution.objects.filter(pk=twins[0].id).update(locale="hi")
    found = verified(token(f"/me/badges/{badge}/credential", twins[0]), twins[0])
    assert found.achievement.criteria_narrative == "1 पाठ पूरा करें। 10 अंक जुटाएँ।"


@pytest.mark.parametrize(
    "text",
    [
        "a password",
        pem(rsa.generate_private_key(65537, 1024)),
        pem(ec.generate_private_key(ec.SECP384R1())),
        pem(ed25519.Ed25519PrivateKey.generate()),
        KEYS["ES256"].replace("M", "N", 1),
    ],
)
def test_keys_that_cannot_sign_are_refused(text: str) -> None:
    with pytest.raises(UnusableKeyError) as refused:
        parsed_keys(text)
    assert text not in str(refused.value)


def test_dids_lead_to_their_documents() -> None:
    assert did_of("http://localhost:8000/api/x") == "did:web:localhost%3A8000:api:x"


def test_an_erased_badge_has_no_credential(twins: Twins) -> None:
    badge = earned(twins[0])
    with tenant_context(twins[0].id):
        EarnedBadge.objects.all().delete()
    assert get(f"/me/badges/{badge}/credential", twins[0]).status_code == 404


def _slug(twin: Twin) -> str:
    return twin.institution.slug
