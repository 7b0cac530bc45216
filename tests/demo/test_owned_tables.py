"""What a load of the made-up school replaces, and what it leaves alone."""

from django.apps import apps

from optilearn.core.tenancy.models import TenantModel
from optilearn.demo.bulk import OWNED_TABLES

KEPT = {"analytics_snapshot", "core_auditentry", "core_tombstone", "privacy_erasedperson"}


def test_every_table_of_an_institution_is_replaced_or_kept_on_purpose() -> None:
    tables = {model._meta.db_table for model in apps.get_models() if issubclass(model, TenantModel)}
    assert set(OWNED_TABLES) | KEPT == tables
    assert len(set(OWNED_TABLES)) == len(OWNED_TABLES)
