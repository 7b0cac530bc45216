"""Keys that sign credentials, from ``OPEN_BADGES_KEYS``.

The setting holds private keys in PEM, one after the other: the first signs, and the public halves
of all are published, so that credentials outlive a change of keys.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeAlias

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.conf import settings
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

MIN_RSA_BITS: Final = 2048
_PEM: Final = re.compile(
    r"-----BEGIN (?P<kind>[A-Z ]*PRIVATE KEY)-----.+?-----END (?P=kind)-----", re.DOTALL
)


class UnusableKeyError(ValueError):
    """The setting holds no key that credentials can be signed with."""


@dataclass(frozen=True)
class SigningKey:
    """A private key with its public half as a JSON Web Key."""

    private: PrivateKey
    algorithm: str
    """As JSON Web Signatures name it: RS256 or ES256. The specification
    wants the first; verifiers disagree on the name of Ed25519's (EdDSA, since RFC 9864 Ed25519)."""
    public_jwk: dict[str, Any]
    id: str
    """The key's thumbprint, which stays the same wherever it is published."""


def signing_keys() -> tuple[SigningKey, ...]:
    """Return the keys of this installation, that which signs first; empty if there are none."""
    return parsed_keys(settings.OPEN_BADGES_KEYS)


@lru_cache(maxsize=4)
def parsed_keys(text: str) -> tuple[SigningKey, ...]:
    """Return the keys of a PEM text, in its order. Raises ``UnusableKeyError``."""
    found = [match.group() for match in _PEM.finditer(text)]
    if text.strip() and not found:
        raise UnusableKeyError("holds no private key in PEM")
    return tuple(_parsed(pem) for pem in found)


def _parsed(pem: str) -> SigningKey:
    try:
        private = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise UnusableKeyError("holds a key that can't be read") from error
    match private:
        case rsa.RSAPrivateKey() if private.key_size >= MIN_RSA_BITS:
            algorithm, jwk = "RS256", RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
        case ec.EllipticCurvePrivateKey() if isinstance(private.curve, ec.SECP256R1):
            algorithm, jwk = "ES256", ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
        case _:
            raise UnusableKeyError("takes RSA of 2048 bits or more and P-256 alone")
    public = {name: value for name, value in jwk.items() if name != "key_ops"}
    return SigningKey(private, algorithm, public, _thumbprint(public))


def _thumbprint(jwk: dict[str, Any]) -> str:
    """Return the beginning of the key's thumbprint (RFC 7638), in hexadecimal digits."""
    required = {name: jwk[name] for name in ("crv", "e", "kty", "n", "x", "y") if name in jwk}
    digest = hashes.Hash(hashes.SHA256())
    digest.update(json.dumps(required, sort_keys=True, separators=(",", ":")).encode())
    return digest.finalize().hex()[:16]
