"""Keys for what we sign ourselves, one for each purpose."""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings


def signing_key(purpose: str) -> bytes:
    """32 bytes from SECRET_KEY: a token of one purpose is worthless for another."""
    return hmac.new(settings.SECRET_KEY.encode(), purpose.encode(), hashlib.sha256).digest()
