"""Schemathesis on the whole API: as every role and as nobody, no 5xx, nothing outside the schema.

The identifiers of paths are real ones of the caller's institution, real ones of the other, and
invented ones. ``API_FUZZ_CASES`` sets how many requests each operation gets.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Lesson, Module
from tests.support.client import openapi, token_of
from tests.support.permissions import EVERYBODY
from tests.support.twins import Twin

pytestmark = pytest.mark.slow

Twins = tuple[Twin, Twin]
CASES = int(os.environ.get("API_FUZZ_CASES", "12"))
CHECKS = (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
schema = schemathesis.openapi.from_dict(openapi())
schema.app = WSGIHandler()
OPERATIONS = [result.ok() for result in schema.get_all_operations()]


def known_ids(twins: Twins) -> dict[str, list[int]]:
    """Real identifiers of both institutions, by the name of the parameter that takes them."""
    found: dict[str, list[int]] = {}
    for twin in twins:
        with tenant_context(twin.id):
            for name, keys in {
                "courseId": [c.pk for c in twin.courses.values()],
                "personId": [p.pk for p in twin.people.values()],
                "childId": [p.pk for p in twin.people.values()],
                "enrollmentId": [e.pk for e in twin.enrollments],
                "lessonId": list(Lesson.objects.values_list("pk", flat=True)),
                "moduleId": list(Module.objects.values_list("pk", flat=True)),
            }.items():
                found.setdefault(name, []).extend(keys)
    return found


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """The connection holds the test's transaction: a request's end must not close it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.label)
def test_no_request_breaks_it(twins: Twins, operation: Any) -> None:
    north, _ = twins
    ids = known_ids(twins)
    tokens: dict[str | None, str] = {name: token_of(north, name) for name in EVERYBODY.split()}

    @settings(
        max_examples=CASES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=operation.as_strategy(),
        name=st.sampled_from([*EVERYBODY.split(), None]),
        pick=st.integers(0, 1000),
    )
    def ask(case: Any, name: str | None, pick: int) -> None:
        for parameter in case.path_parameters or {}:
            if parameter in ids and pick % 5:  # a fifth stays as invented
                known = ids[parameter]
                case.path_parameters[parameter] = known[pick % len(known)]
        headers = {"Authorization": f"Bearer {tokens[name]}"} if name else {}
        with transaction.atomic():
            response = case.call(headers=headers)
            transaction.set_rollback(True)
        # Without an OptiCRM what needs it says so (503); anything else from 500 on is a defect.
        assert response.status_code < 500 or response.status_code == 503, response.text
        case.validate_response(response, checks=CHECKS)

    ask()
