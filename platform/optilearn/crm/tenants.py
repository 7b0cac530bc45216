"""The OptiCRM of the current institution."""

from __future__ import annotations

from optilearn.core.tenancy.context import require_institution_id
from optilearn.crm.client import Tenant, opticrm
from optilearn.crm.endpoints import CLASSES
from optilearn.crm.errors import CrmAnswerError, CrmNotFound
from optilearn.institutions.selectors import institution_by_id


def tenant_in_force() -> Tenant:
    """The institution in force as OptiCRM knows it."""
    row = institution_by_id(require_institution_id())
    return Tenant(row.id, row.slug, row.crm_id)


def require_known(tenant: Tenant) -> None:
    """Make sure that OptiCRM knows the institution: its apex answers 404 to everything.

    Raises ``CrmAnswerError`` if it doesn't, so that nobody is taken for gone.
    """
    try:
        opticrm().read(tenant, CLASSES, fresh=True)
    except CrmNotFound as error:
        raise CrmAnswerError(CLASSES.name, "OptiCRM doesn't know this institution") from error
