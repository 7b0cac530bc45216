#!/usr/bin/env bash
# openbadgeslib 4.6.3 and joserfc 1.8.0: a credential that one signs with RSA, the other refuses unread.
#
# Open Badges 3.0 (section 8.2.3) lets the header of a credential's token carry the public key as `jwk`,
# and openbadgeslib always puts it there. With an RSA key of 2048 bits that makes a header of more than
# 550 characters; joserfc raises ExceededSizeError for headers beyond 512 before it looks at the
# signature. P-256 keys fit. Seen:
#   RS256: header of 571 characters, ExceededSizeError
#   ES256: header of 214 characters, verified
# Ours: credentials carry `kid` and `jwk`; docs/certificates.md takes both kinds of keys, and a test
# verifies P-256 by joserfc, both by openbadgeslib.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet openbadgeslib==4.6.3 joserfc==1.8.0
"$folder/venv/bin/python" - <<'PYTHON'
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from joserfc import jwk, jws
from joserfc.errors import ExceededSizeError
from openbadgeslib.ob3 import OB3Signer

keys = {"RS256": rsa.generate_private_key(65537, 2048), "ES256": ec.generate_private_key(ec.SECP256R1())}
found = {}
for algorithm, key in keys.items():
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    token = OB3Signer(privkey_pem=pem, algorithm=algorithm).sign_payload({"iss": "did:web:example.org"})
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    kind = "RSA" if algorithm == "RS256" else "EC"
    try:
        jws.deserialize_compact(token, jwk.import_key(public, kind), algorithms=[algorithm])
        found[algorithm] = "verified"
    except ExceededSizeError:
        found[algorithm] = "ExceededSizeError"
    print(algorithm, "header of", len(token.split(".")[0]), "characters,", found[algorithm])
assert found == {"RS256": "ExceededSizeError", "ES256": "verified"}, "the behaviour has changed"
PYTHON
