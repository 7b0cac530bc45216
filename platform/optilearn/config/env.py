"""Typed readers of the environment: the one place where the product reads it.

A secret may stand in the variable itself or in a file that ``<NAME>_FILE`` names, as container
platforms hand secrets over; stating both is an error, and so is a value that does not parse. What
is missing or wrong is reported at once by name, never replaced by a guess.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})
_POSTGRES_SCHEMES = frozenset({"postgres", "postgresql"})


class SettingError(ValueError):
    """A variable is missing or can't be understood; the message names it, never its value."""


def has(name: str) -> bool:
    """Return True if the variable, or the file that holds it, is set and not empty."""
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))


def put(name: str, value: str) -> None:
    """Set a variable for this process and for those it starts."""
    os.environ[name] = value


def put_default(name: str, value: str) -> None:
    """Set a variable unless it is set."""
    os.environ.setdefault(name, value)


def everything() -> dict[str, str]:
    """The environment, for programs that are started."""
    return dict(os.environ)


def text(name: str, default: str | None = None) -> str:
    """The variable, else the default. An empty variable counts as not set.

    Raises ``SettingError`` if there is neither.
    """
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise SettingError(f"{name} is not set.")
    return default


def secret(name: str, default: str | None = None) -> str:
    """The variable, or what the file named by ``<NAME>_FILE`` holds, else the default."""
    file = os.environ.get(f"{name}_FILE", "").strip()
    if not file:
        return text(name, default)
    if os.environ.get(name):
        raise SettingError(f"{name} and {name}_FILE are both set; keep one of them.")
    try:
        value = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{name}_FILE can't be read: {error}") from None
    if not value:
        raise SettingError(f"{name}_FILE names an empty file.")
    return value


def items(name: str, default: str = "") -> tuple[str, ...]:
    """A comma-separated list, possibly secret, in order and without empty entries."""
    return tuple(part.strip() for part in secret(name, default).split(",") if part.strip())


def is_http(url: str) -> bool:
    """Return True for the base URL of an HTTP server, without a password or a query."""
    try:
        parts = urlsplit(url)
        is_plain = not (parts.query or parts.fragment or "@" in parts.netloc) and parts.port != 0
    except ValueError:
        return False
    return is_plain and parts.scheme in {"http", "https"} and bool(parts.hostname)


def flag(name: str, *, default: bool = False) -> bool:
    """A yes or no: 1, true, yes, on; or 0, false, no, off."""
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise SettingError(f"{name} must be one of 1, true, yes, on, 0, false, no, off.")


def integer(name: str, default: int, *, minimum: int = 0) -> int:
    """A whole number, at least ``minimum``."""
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    try:
        number = int(value)
    except ValueError:
        raise SettingError(f"{name} must be a whole number.") from None
    if number < minimum:
        raise SettingError(f"{name} must be at least {minimum}.")
    return number


def database(url: str, *, engine: str = "django.db.backends.postgresql") -> dict[str, Any]:
    """Django's form of a libpq URL; ``?host=/folder`` means a Unix socket, as in libpq.

    Raises ``SettingError`` for another scheme, no database or a port that is no number. The
    message does not repeat the URL: it holds a password.
    """
    parts = urlsplit(url)
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    if parts.scheme not in _POSTGRES_SCHEMES:
        raise SettingError("A database URL must begin with postgresql://")
    if parts.path in {"", "/"}:
        raise SettingError("A database URL must name a database after the host.")
    try:
        port = parts.port
    except ValueError:
        raise SettingError("A database URL has a port that is no number.") from None
    return {
        "ENGINE": engine,
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", unquote(parts.hostname or "")),
        "PORT": str(options.pop("port", port or "")),
        "OPTIONS": options,
    }
