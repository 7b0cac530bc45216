"""Send the digests that are due, of the institution in force."""

from __future__ import annotations

from optilearn.core.tenancy.context import require_institution_id
from optilearn.institutions.selectors import institution_by_id
from optilearn.notifications.digests.items import send_item_digests
from optilearn.notifications.digests.parents import send_parent_digests
from optilearn.notifications.digests.teachers import send_teacher_digests


def send_due_digests() -> int:
    """Send the digests whose readers' hour has come; return how many. Safe to repeat at any time.

    Parents come last: asking OptiCRM for their children may take long.
    """
    institution = institution_by_id(require_institution_id())
    return (
        send_item_digests(institution)
        + send_teacher_digests(institution)
        + send_parent_digests(institution)
    )
