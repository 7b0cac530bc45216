"""The sweeps: what is new is isolated by itself, or the build fails here."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from optilearn.config.api import api
from optilearn.core.tenancy.backend.schema import UNTRACKED
from optilearn.core.tenancy.models import TenantModel

ROOT = Path(__file__).resolve().parents[2]

SHARED_MODELS = {
    "institutions.Institution": "a request must find its institution before it can be in one",
    "live.JibriLease": "schools share Jibris: who may use one is decided among all of them",
    "contenttypes.ContentType": "Django's list of models; no record of anybody",
}
SHARED_TABLES = {
    "institutions_institution": "see the model",
    "live_jibrilease": "see the model",
    "django_content_type": "see the model",
    "django_migrations": "Django's own",
}
OWN_TRIGGERS = {
    "courses_course": {"words"},
    "community_discussionthread": {"words"},
    "community_discussionpost": {"words"},
}
"""Triggers that aren't about tenancy: the words that rows are searched by."""
PUBLIC_OPERATIONS = {
    ("/api/health", "get"),
    # Signed addresses: whoever has one may use it; the institution is in its signature.
    ("/api/files/objects/{token}", "put"),
    ("/api/files/objects/{token}", "get"),
    ("/api/files/objects/{token}", "head"),
    ("/api/messages/{locale}", "get"),  # the words of the product, of no institution
    ("/api/xapi/about", "get"),  # the standard wants it open
    # 130 random bits: whoever has the code of a certificate may verify it.
    ("/api/certificates/verify/{code}", "get"),
    # Public keys and bits by which strangers verify credentials; no row of anybody.
    ("/api/open-badges/{issuer}/did.json", "get"),
    ("/api/open-badges/{issuer}/revoked/{number}", "get"),
    ("/api/webhooks/resend", "post"),  # signed by the provider
    # Signed by the finalize script; the institution is in the session that it names.
    ("/api/webhooks/jitsi-recording", "post"),
    ("/api/webhooks/jitsi-recording/upload", "post"),
    # A secret address that its owner made; the institution is in it.
    ("/api/calendars/{token}.ics", "get"),
}
CROSS_INSTITUTION_IMPORTERS: set[str] = {
    "platform/optilearn/institutions/selectors.py",  # its home
}


def rows(query: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return list(cursor.fetchall())


def tenant_models() -> list[type[TenantModel]]:
    return [m for m in apps.get_models() if issubclass(m, TenantModel)]


def test_every_model_belongs_to_an_institution_or_says_why_not() -> None:
    others = {m._meta.label for m in apps.get_models() if not issubclass(m, TenantModel)}
    assert others == set(SHARED_MODELS)


def test_every_table_has_forced_policies(db: None) -> None:
    tables = rows(
        """
        SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity,
               (SELECT array_agg(pg_get_expr(p.polqual, c.oid) || ' / '
                                 || pg_get_expr(p.polwithcheck, c.oid))
                  FROM pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive AND p.polcmd = '*'
                   AND p.polroles = '{0}')
          FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
        """
    )
    assert len(tables) > 30
    own = (
        "(institution_id = ( SELECT (NULLIF(current_setting('optilearn.institution_id'::text,"
        " true), ''::text))::bigint AS \"nullif\"))"
    )
    for name, enabled, forced, policies in tables:
        if name not in SHARED_TABLES:
            assert (enabled, forced, policies) == (True, True, [f"{own} / {own}"]), name


def test_every_tenant_table_has_the_composite_key_and_is_tracked(db: None) -> None:
    for model in tenant_models():
        table = model._meta.db_table
        key = rows(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conrelid = %s::regclass AND contype = 'p'",
            table,
        )
        assert key == [("PRIMARY KEY (institution_id, id)",)], table
        triggers = {
            name
            for (name,) in rows(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
                table,
            )
        }
        expected = set() if table in UNTRACKED else {"touched", "buried", "untruncated"}
        assert triggers == expected | OWN_TRIGGERS.get(table, set()), table


def test_every_reference_between_tenant_tables_carries_the_institution(db: None) -> None:
    references = rows(
        """
        SELECT conrelid::regclass::text, confrelid::regclass::text, pg_get_constraintdef(oid)
          FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace
        """
    )
    assert references
    for table, target, definition in references:
        if target not in SHARED_TABLES:
            assert "FOREIGN KEY (institution_id, " in definition, (table, definition)
    constrained = {(table, definition.split(")")[0]) for table, _, definition in references}
    for model in tenant_models():
        table = model._meta.db_table
        leads = [d for t, d in constrained if t == table]
        assert leads, f"{table} refers to no institution"


def test_no_role_of_ours_may_bypass_row_level_security(db: None) -> None:
    found = rows(
        "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname LIKE 'optilearn%%'"
    )
    assert {name for name, *_ in found} == {"optilearn_owner", "optilearn_app", "optilearn_etl"}
    assert not any(superuser or bypass for _, superuser, bypass in found)
    assert rows("SELECT current_user") == [("optilearn_app",)]


def test_the_etl_role_writes_nothing_but_the_catalogue_of_snapshots(db: None) -> None:
    writable = rows(
        """
        SELECT c.relname FROM pg_class c
         WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
           AND has_table_privilege('optilearn_etl', c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
        """
    )
    assert writable == [("analytics_snapshot",)]


def test_every_operation_is_secured_or_public_by_decision() -> None:
    schema = api.get_openapi_schema(path_prefix="/api/")
    operations = {
        (path, method): operation.get("security")
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    }
    assert len(operations) >= 7
    public = {
        key for key, security in operations.items() if not security or "Public" in str(security)
    }
    assert public == PUBLIC_OPERATIONS


def test_no_operation_takes_an_institution() -> None:
    """The institution comes from the token only: no parameter, no field of a body."""
    text = str(api.get_openapi_schema(path_prefix="/api/")["paths"]).lower()
    assert "institution" not in "".join(
        str(p) for p in _parameters(api.get_openapi_schema(path_prefix="/api/"))
    )
    assert "institutionid" not in text


def _parameters(schema: dict[str, Any]) -> list[str]:
    return [
        str(parameter["name"]).lower()
        for methods in schema["paths"].values()
        for operation in methods.values()
        for parameter in operation.get("parameters", [])
    ]


def _imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    } | {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("folder", ["platform/optilearn", "worker", "pipelines"])
def test_work_across_institutions_stays_in_a_short_list_of_files(folder: str) -> None:
    found = {
        str(path.relative_to(ROOT))
        for path in (ROOT / folder).rglob("*.py")
        if "every_institution" in _imports(path)
    }
    assert found <= CROSS_INSTITUTION_IMPORTERS


def test_routers_and_pages_never_import_models() -> None:
    for path in (ROOT / "platform" / "optilearn").rglob("api.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        modules = {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        assert not [m for m in modules if m.endswith(".models")], path


def test_names_on_the_wire_are_camel_case() -> None:
    schema = api.get_openapi_schema(path_prefix="/api/")
    names = {
        name
        for component in schema["components"]["schemas"].values()
        for name in component.get("properties", {})
    }
    assert names
    assert not [name for name in names if "_" in name or not name[0].islower()]
