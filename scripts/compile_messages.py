"""Compile the translations: `.venv/bin/python scripts/compile_messages.py`.

Django's own command needs GNU gettext; this needs only what requirements.lock names.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALES = Path(__file__).resolve().parents[1] / "platform" / "optilearn" / "locale"


def compiled(source: Path) -> bytes:
    """The binary catalog of a ``.po`` file."""
    with source.open("rb") as file:
        catalog = read_po(file)
    target = BytesIO()
    write_mo(target, catalog)
    return target.getvalue()


if __name__ == "__main__":
    for path in LOCALES.glob("*/LC_MESSAGES/django.po"):
        path.with_suffix(".mo").write_bytes(compiled(path))
