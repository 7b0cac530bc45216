"""Answers of the cache, which are JSON, as results again: what charts and tables are made from."""

from __future__ import annotations

from optilearn.analytics.catalog import current_catalog
from optilearn.analytics.drawing import results
from optilearn.analytics.services import Answer
from optilearn.core.access.principal import Principal
from optilearn.core.jsontext import read_json
from optilearn.institutions.selectors import institution_by_id
from reports.contracts import Result, Scope, ScopeKind


def result_of(principal: Principal, answer: Answer) -> Result:
    """The result that an answer holds, its columns labeled in the reader's language.

    Of the scope it has what the answer says: the kind, and no ids.
    """
    wire = read_json(answer.data)
    scope = Scope(principal.institution_id, ScopeKind(wire["meta"]["scope"]["kind"]))
    zone = institution_by_id(principal.institution_id).time_zone
    return labeled(results.result_of(wire, answer.definition, scope, zone))


def labeled(result: Result) -> Result:
    """The result with its columns named in the reader's language."""
    return results.in_readers_language(result, current_catalog())
