"""Making every digest that is due, of the institution in force."""

from __future__ import annotations

from optilearn.core.tenancy.context import require_institution_id
from optilearn.institutions.selectors import institution_by_id
from optilearn.notifications.digests.items import make_item_digests
from optilearn.notifications.digests.parents import make_parents_digests
from optilearn.notifications.digests.teachers import make_teachers_digests


def make_digests() -> int:
    """Make the digests whose readers' hour has come; how many. Safe to run at any time.

    Parents come last: asking OptiCRM for their children may take long.
    """
    institution = institution_by_id(require_institution_id())
    return (
        make_item_digests(institution)
        + make_teachers_digests(institution)
        + make_parents_digests(institution)
    )
