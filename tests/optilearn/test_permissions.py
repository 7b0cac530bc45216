"""The permission table: every operation, every role, and the other institution's ids."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from optilearn.core.tenancy.context import tenant_context
from tests.architecture.test_isolation import PUBLIC_OPERATIONS
from tests.support.client import call, openapi, token_of
from tests.support.permissions import EVERYBODY, Rule, rules
from tests.support.twins import PEOPLE, Twin

pytestmark = pytest.mark.slow

RULES = rules()
Twins = tuple[Twin, Twin]


def named(rule: Rule) -> str:
    return f"{rule.method} {rule.path}"


def test_the_twins_have_somebody_of_every_role() -> None:
    from optilearn.core.access.roles import Role

    assert {role for _, role in PEOPLE.values()} == set(Role)
    assert set(EVERYBODY.split()) == set(PEOPLE)


def test_every_operation_has_its_rule_and_no_rule_is_left_over() -> None:
    operations = {
        (method.upper(), path) for path, methods in openapi()["paths"].items() for method in methods
    }
    public = {(method.upper(), path) for path, method in PUBLIC_OPERATIONS}
    assert {(rule.method, rule.path) for rule in RULES} == operations - public


def asked(rule: Rule, caller: Twin, name: str | None, owner: Twin) -> int:
    """The status that ``name`` of ``caller`` gets for a thing of ``owner``; nothing stays."""
    token = token_of(caller, name) if name else None
    with transaction.atomic():
        with tenant_context(owner.id):
            if rule.setup is not None:
                rule.setup(owner)
            path = rule.address(owner)
            body = rule.body(owner) if rule.body else None
        status, _ = call(rule.method, path, token=token, body=body)
        transaction.set_rollback(True)
    return status


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_who_may(twins: Twins, rule: Rule) -> None:
    north, _ = twins
    assert asked(rule, north, None, north) == 401
    wrong = {}
    for name in PEOPLE:
        status = asked(rule, north, name, north)
        if not rule.expects(name, status):
            wrong[name] = status
    assert not wrong, (rule, wrong)


def params_of(rule: Rule, twin: Twin) -> dict[str, Any]:
    """What stands in the path for a thing of this institution."""
    with tenant_context(twin.id), transaction.atomic():
        if rule.setup is not None:
            rule.setup(twin)
        made = dict(rule.params(twin))
        transaction.set_rollback(True)
    return made


@pytest.mark.parametrize("rule", [r for r in RULES if "{" in r.path], ids=named)
def test_the_other_institutions_things_are_not_there(twins: Twins, rule: Rule) -> None:
    north, south = twins
    if params_of(rule, north) == params_of(rule, south):
        return  # it is nobody's: a key, a language
    for name in rule.allowed.split():
        assert asked(rule, north, name, south) in {404, rule.denied}, name
        break
    assert asked(rule, north, "asha", south) in {404, rule.denied}


def bodies_differ(rule: Rule, twins: Twins) -> bool:
    """Whether the body names things of its institution."""
    made = []
    for twin in twins:
        with tenant_context(twin.id), transaction.atomic():
            if rule.setup is not None:
                rule.setup(twin)
            made.append(rule.body(twin) if rule.body else None)
            transaction.set_rollback(True)
    return made[0] != made[1]


@pytest.mark.parametrize("rule", [r for r in RULES if r.body], ids=named)
def test_the_other_institutions_things_in_a_body_are_not_there(twins: Twins, rule: Rule) -> None:
    north, south = twins
    if not bodies_differ(rule, twins):
        return  # nothing in it is anybody's
    for name in rule.allowed.split():
        with transaction.atomic():
            for twin in twins:
                with tenant_context(twin.id):
                    if rule.setup is not None:
                        rule.setup(twin)
            with tenant_context(north.id):
                path = rule.address(north)
            with tenant_context(south.id):
                body = rule.body(south) if rule.body else None
            status, answer = call(rule.method, path, token=token_of(north, name), body=body)
            transaction.set_rollback(True)
        if status < 400:  # a list whose strangers are told apart: nothing of it counted
            assert rule.strangers_are_told(answer["data"]), (name, status, answer)
        else:
            assert status in {400, 403, 404, 409, 422}, (name, status)
