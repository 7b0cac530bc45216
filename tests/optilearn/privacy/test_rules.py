"""Every column that refers to a person has a rule; a new table without one fails here."""

from __future__ import annotations

import pytest
from django.db import models

from optilearn.core.personal_data import Rule, Treatment
from optilearn.core.tenancy.models import TenantModel
from optilearn.people.models import Person
from optilearn.privacy import sweep
from optilearn.privacy.rules import NOT_PEOPLE, RULES
from optilearn.privacy.sweep import suspects, tenant_models, without_rule


def test_every_column_has_a_rule() -> None:
    missing = sorted(without_rule())
    assert not missing, (
        f"Give these a rule in their app's personal_data.py (or say why not): {missing}"
    )


def test_no_rule_is_left_over() -> None:
    found = set(suspects())
    assert {(rule.table, rule.column) for rule in RULES} <= found
    assert {tuple(name.split(".")) for name in NOT_PEOPLE} <= found
    assert len({(rule.table, rule.column, rule.where) for rule in RULES}) == len(RULES)


def test_every_reference_in_the_database_is_a_model_s(db: None) -> None:
    """Nothing refers to people beside the models, which the sweep reads."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT conrelid::regclass::text, conkey FROM pg_constraint
             WHERE contype = 'f' AND confrelid = 'people_person'::regclass AND conparentid = 0
            """
        )
        tables = {row[0] for row in cursor.fetchall()}
    assert tables <= {table for table, _ in suspects()}
    assert tables


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.table}.{rule.column}")
def test_each_rule_is_whole(rule: Rule) -> None:
    model = tenant_models()[rule.table]
    columns = {field.column: field for field in model._meta.local_fields}
    assert rule.reason.endswith(".")
    assert bool(rule.sets) is (rule.treatment is Treatment.ANONYMISE)
    assert set(rule.sets) <= set(columns)
    assert set(rule.shown) <= set(columns)
    reference = columns[rule.column]
    if rule.sets.get(rule.column) == "NULL":
        assert reference.null


def made_up() -> type[TenantModel]:
    """A table that somebody adds, not thinking of erasures."""

    class Diary(TenantModel):
        keeper = models.ForeignKey(Person, models.CASCADE, related_name="+")
        reader_id = models.BigIntegerField()
        written_by = models.TextField()
        guest_ids = models.JSONField()
        mail_address = models.TextField()
        email = models.BooleanField()
        participants = models.JSONField()
        student_ids = models.JSONField()
        pages = models.IntegerField()
        title = models.TextField()

        class Meta(TenantModel.Meta):
            app_label = "privacy_tests"

    return Diary


def test_a_new_table_without_rules_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.apps import apps

    known = tenant_models()
    try:
        table = made_up()
        monkeypatch.setattr(sweep, "tenant_models", lambda: known | {"diary": table})
        assert {found for found in without_rule() if found[0] == "diary"} == {
            ("diary", "keeper_id"),
            ("diary", "reader_id"),
            ("diary", "written_by"),
            ("diary", "student_ids"),
            ("diary", "mail_address"),
        }
    finally:
        apps.all_models.pop("privacy_tests", None)
        apps.clear_cache()
