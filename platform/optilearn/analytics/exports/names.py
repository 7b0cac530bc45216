"""Names of files, which people's computers have to accept whatever a report is called."""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from zoneinfo import ZoneInfo

from optilearn.core.text import is_visible
from reports.contracts import SnapshotInfo

_MAX_BYTES: Final = 150
"""Of the name before its ending: file systems take 255 bytes in all."""
_RESERVED: Final = re.compile(r'[<>:"/\\|?*]+')
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS: Final = frozenset("\u200c\u200d")
"""Hindi is written with them; they turn nothing around."""


def file_name(title: str, snapshot: SnapshotInfo, form: str) -> str:
    """A name for the file of a report: its title, the day of its data, the format's ending."""
    seen = (c if c in _JOINERS or unicodedata.category(c) not in _UNSEEN else " " for c in title)
    plain = unicodedata.normalize("NFC", _RESERVED.sub("-", "".join(seen)))
    short = " ".join(plain.split()).encode()[:_MAX_BYTES].decode(errors="ignore").strip(" .-")
    stem = short if is_visible(short) else "report"
    day = snapshot.taken_at.astimezone(ZoneInfo(snapshot.time_zone)).date()
    return f"{stem} {day.isoformat()}.{form}"
