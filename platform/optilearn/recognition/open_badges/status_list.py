"""Lists of revoked certificates in the form of Bitstring Status List 1.0, without records.

Each certificate has its bit by its id, so no column is needed and none is used twice. The least
size that the recommendation allows hides a single holder among many.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterable
from typing import Final

BITS: Final = 131_072
"""The entries of a list."""


def place_of(certificate_id: int) -> tuple[int, int]:
    """Return the number of a certificate's list and its index there."""
    return divmod(certificate_id, BITS)


def encoded(indexes: Iterable[int]) -> str:
    """Return a list with these bits set: multibase of its gzip, the first bit leftmost."""
    bits = bytearray(BITS // 8)
    for index in indexes:
        bits[index // 8] |= 0x80 >> index % 8
    packed = gzip.compress(bytes(bits), mtime=0)
    return "u" + base64.urlsafe_b64encode(packed).rstrip(b"=").decode()
