"""Open Badges 3.0 credentials as JSON Web Tokens, without records.

Section 8.2 of the specification: the payload is the credential itself, with the registered claims
``iss``, ``jti`` and ``nbf`` beside it, and ``sub`` only for a subject that has an id. Learners have
none here: they are known by their name and the digest of their e-mail address.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, urlsplit

import jwt

from optilearn.recognition.open_badges.keys import SigningKey

CONTENT_TYPE: Final = "application/vc+jwt"
_CREDENTIALS: Final = "https://www.w3.org/ns/credentials/v2"
_CONTEXT: Final = (
    _CREDENTIALS,
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
)


@dataclass(frozen=True)
class Issuer:
    """An institution as issuer: its DID leads to the document that publishes its keys."""

    did: str
    name: str
    url: str

    def key_id(self, key: SigningKey) -> str:
        """Return the address of a key in the DID document."""
        return f"{self.did}#{key.id}"

    def uuid_of(self, thing: str) -> str:
        """Return an id for something of this issuer, always the same: ``badge:12``."""
        return uuid.uuid5(uuid.NAMESPACE_URL, f"{self.did}/{thing}").urn


@dataclass(frozen=True)
class Achieved:
    """Something that a learner achieved, and who they are."""

    id: str
    """The credential's."""
    achievement_id: str
    kind: str
    """An achievement type of the specification: Badge, Certificate."""
    title: str
    description: str
    criteria: str
    learner_name: str
    learner_email: str
    """Only its digest stands in the credential; may be empty."""
    achieved_at: datetime
    expires_at: datetime | None = None
    status: dict[str, str] | None = None
    """The entry of a status list."""


def did_of(url: str) -> str:
    """Return the did:web of the folder at a URL, whose ``did.json`` is its document."""
    parts = urlsplit(url)
    folders = [quote(part, safe="") for part in parts.path.split("/") if part]
    return ":".join(["did:web", quote(parts.netloc, safe=""), *folders])


def did_document(issuer: Issuer, keys: tuple[SigningKey, ...]) -> dict[str, Any]:
    """Return the DID document of an issuer, that which signs first."""
    return {
        "@context": [
            "https://www.w3.org/ns/did/v1",
            "https://w3id.org/security/suites/jws-2020/v1",
        ],
        "id": issuer.did,
        "verificationMethod": [
            {
                "id": issuer.key_id(key),
                "type": "JsonWebKey2020",
                "controller": issuer.did,
                "publicKeyJwk": key.public_jwk,
            }
            for key in keys
        ],
        "assertionMethod": [issuer.key_id(key) for key in keys],
    }


def signed_credential(achieved: Achieved, issuer: Issuer, key: SigningKey) -> str:
    """Return the credential of an achievement as a signed token."""
    body: dict[str, Any] = {
        "@context": list(_CONTEXT),
        "id": achieved.id,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": achieved.title,
        "issuer": {"id": issuer.did, "type": ["Profile"], "name": issuer.name, "url": issuer.url},
        "validFrom": _moment(achieved.achieved_at),
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": _identifiers(achieved),
            "achievement": {
                "id": achieved.achievement_id,
                "type": ["Achievement"],
                "achievementType": achieved.kind,
                "name": achieved.title,
                "description": achieved.description,
                "criteria": {"narrative": achieved.criteria},
            },
        },
    }
    claims = {"iss": issuer.did, "jti": achieved.id, "nbf": _seconds(achieved.achieved_at)}
    if achieved.expires_at is not None:
        body["validUntil"] = _moment(achieved.expires_at)
        claims["exp"] = _seconds(achieved.expires_at)
    if achieved.status is not None:
        body["credentialStatus"] = achieved.status
    return _signed(body | claims, issuer, key)


def signed_status_list(
    *, url: str, encoded: str, issuer: Issuer, key: SigningKey, now: datetime, until: datetime
) -> str:
    """Return a list of revocations as a signed token, which counts until then."""
    body = {
        "@context": [_CREDENTIALS],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer.did,
        "validFrom": _moment(now),
        "validUntil": _moment(until),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encoded,
        },
        "iss": issuer.did,
        "jti": url,
        "sub": f"{url}#list",
        "nbf": _seconds(now),
        "exp": _seconds(until),
    }
    return _signed(body, issuer, key)


def _signed(body: dict[str, Any], issuer: Issuer, key: SigningKey) -> str:
    headers = {"typ": "JWT", "kid": issuer.key_id(key), "jwk": key.public_jwk}
    return jwt.encode(body, key.private, algorithm=key.algorithm, headers=headers)


def _identifiers(achieved: Achieved) -> list[dict[str, Any]]:
    named = {
        "type": "IdentityObject",
        "identityType": "name",
        "hashed": False,
        "identityHash": achieved.learner_name,
    }
    if not achieved.learner_email:
        return [named]
    # Known to all who have the credential: it keeps lists of digests from fitting.
    salt = hashlib.sha256(achieved.id.encode()).hexdigest()[:32]
    digest = hashlib.sha256((achieved.learner_email.lower() + salt).encode()).hexdigest()
    hashed = {
        "type": "IdentityObject",
        "identityType": "emailAddress",
        "hashed": True,
        "identityHash": f"sha256${digest}",
        "salt": salt,
    }
    return [named, hashed]


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
