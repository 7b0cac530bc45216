"""Rewriting of stored snapshots without erased people, in a process of the pipelines."""

from __future__ import annotations

import logging
import subprocess
import sys
from contextlib import suppress
from typing import Final

from optilearn.analytics.alerts.services import forget_rows
from optilearn.analytics.exports.services import withdraw_exports
from optilearn.analytics.schedules.retention import withdraw_deliveries
from optilearn.analytics.sql.copies import withdraw_copies
from optilearn.core.clock import now
from optilearn.core.tenancy.context import require_institution_id
from optilearn.core.valkey import ValkeyDownError, valkey
from optilearn.institutions.selectors import institution_by_id
from optilearn.privacy.models import ErasedPerson

log = logging.getLogger(__name__)

REWRITE_TASK: Final = "privacy.rewrite_snapshots"
_CACHED_ANSWERS: Final = "optilearn:result:*"
_INSTITUTION_IN_KEY: Final = 4
"""The position of the institution in the key of a cached answer (``analytics.result_cache``)."""
_BATCH: Final = 1_000


class RewriteError(RuntimeError):
    """A kept snapshot still holds an erased person; the next run tries again."""


def rewrite_snapshots() -> int:
    """Have the kept snapshots rewritten without those who were erased; how many people.

    Nobody imports the pipelines, so they run as a process of their own. Safe to run again.
    Raises ``RewriteError``.
    """
    waiting = ErasedPerson.objects.filter(rewritten_at=None)
    people = sorted(waiting.values_list("person_id", flat=True))
    if not people:
        return 0
    slug = institution_by_id(require_institution_id()).slug
    command = [sys.executable, "-m", "pipelines.snapshots", "erase", "--institution", slug]
    command += [word for person in people for word in ("--person", str(person))]
    done = subprocess.run(command, check=False, capture_output=True)
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        log.error("Snapshots still hold an erased person: %s", " ".join(last))
        raise RewriteError("The kept snapshots could not be rewritten.")
    forget_answers()
    withdraw_exports()
    withdraw_copies()
    withdraw_deliveries()
    forget_rows()
    ErasedPerson.objects.filter(person_id__in=people).update(rewritten_at=now())
    return len(people)


def forget_answers() -> None:
    """Drop the institution's kept answers: some may show the person.

    New ones are kept by the digests of the rewritten files, so an answer that was being worked
    out on an old file is never served afterwards.
    """
    own = str(require_institution_id())
    with suppress(ValkeyDownError):
        cursor = 0
        while True:
            found, keys = valkey().call("SCAN", cursor, "MATCH", _CACHED_ANSWERS, "COUNT", _BATCH)
            gone = [key for key in keys if key.decode().split(":")[_INSTITUTION_IN_KEY] == own]
            if gone:
                valkey().call("DEL", *gone)
            cursor = int(found)
            if not cursor:
                return
