"""What is kept of a provider's words, and how long it asks us to wait."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from worker.channels.details import plain, seconds_of


def test_addresses_and_line_ends_are_left_out() -> None:
    said = "550 5.1.1 <lena@example.test>:\r\n user  lena@@example unknown, write to a@b"
    assert plain(said) == "550 5.1.1 …: user … unknown, write to …"
    assert len(plain("x" * 900)) == 200


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("-3", 0.0),
        ("999999999", 86_400.0),
        ("inf", 86_400.0),
        ("nan", None),
        ("", None),
        (None, None),
        ("soon", None),
        ("Mon, 23 Nov 99999999999999999999 12:00:00 GMT", None),
        ("Mon, 23 Nov 2015 12:00:00 GMT", 0.0),
        ("Mon, 23 Nov 2015 12:00:00 -0000", 0.0),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert seconds_of(value) == seconds


def test_retry_after_as_a_date() -> None:
    found = seconds_of(format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True))
    assert found is not None
    assert 3_000 < found <= 3_600


def test_the_channels_are_pure() -> None:
    """They get data in and give data out: no Django, no product code."""
    code = (
        "import sys, worker.channels.email.sending, worker.channels.push.fcm;"
        "print([n for n in ('django', 'optilearn', 'celery', 'psycopg') if n in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
