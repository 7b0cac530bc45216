"""Declarations and rules of an item, as XML."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from optilearn.assessment.question_files.drafts import as_text
from optilearn.assessment.question_files.xmltree import escaped

_VARIABLE: Final = '<variable identifier="RESPONSE"/>'
ENTRY: Final = '<div><textEntryInteraction responseIdentifier="RESPONSE"/></div>'


def _score(value: str) -> str:
    return f'<setOutcomeValue identifier="SCORE">{value}</setOutcomeValue>'


def _number(value: Decimal | int) -> str:
    return f'<baseValue baseType="float">{as_text(Decimal(value))}</baseValue>'


def _if(condition: str, then: str, otherwise: str) -> str:
    return (
        f"<responseCondition><responseIf>{condition}{then}</responseIf>"
        f"<responseElse>{otherwise}</responseElse></responseCondition>"
    )


MATCH: Final = _if(
    f'<match>{_VARIABLE}<correct identifier="RESPONSE"/></match>',
    _score(_number(1)),
    _score(_number(0)),
)
MAP: Final = _if(
    f"<isNull>{_VARIABLE}</isNull>",
    _score(_number(0)),
    _score('<mapResponse identifier="RESPONSE"/>'),
)
_FEEDBACK: Final = (
    f"<responseCondition><responseIf><not><isNull>{_VARIABLE}</isNull></not>"
    f'<setOutcomeValue identifier="FEEDBACK">{_VARIABLE}</setOutcomeValue></responseIf>'
    "</responseCondition>"
)


def processing(inside: str, *, has_feedback: bool) -> str:
    """The rules of an item; none where a person marks it."""
    if not inside:
        return ""
    return f"<responseProcessing>{inside}{_FEEDBACK if has_feedback else ''}</responseProcessing>"


def sum_of(names: list[str]) -> str:
    """The rule that adds up what several responses are worth."""
    return _score(
        "<sum>" + "".join(f'<mapResponse identifier="{one}"/>' for one in names) + "</sum>"
    )


def all_of(bests: list[tuple[str, Decimal]]) -> str:
    """The rule that all responses have to earn all that they can."""
    conditions = "".join(
        f'<equal toleranceMode="exact"><mapResponse identifier="{name}"/>{_number(best)}</equal>'
        for name, best in bests
    )
    return _if(f"<and>{conditions}</and>", _score(_number(1)), _score(_number(0)))


def near(answers: list[tuple[Decimal, Decimal, Decimal]]) -> str:
    """The rule of numbers, each with its distance and its score; the first that fits counts."""
    branches = []
    for number, (value, tolerance, score) in enumerate(answers):
        name = "responseElseIf" if number else "responseIf"
        distance = as_text(tolerance)
        branches.append(
            f'<{name}><equal toleranceMode="absolute" tolerance="{distance} {distance}">'
            f"{_VARIABLE}{_number(value)}</equal>{_score(_number(score))}</{name}>"
        )
    otherwise = f"<responseElse>{_score(_number(0))}</responseElse>"
    return f"<responseCondition>{''.join(branches)}{otherwise}</responseCondition>"


def response(
    identifier: str, cardinality: str, base_type: str, correct: Iterable[str], mapped: str = ""
) -> str:
    """The declaration of a response, with its key and its mapping."""
    values = "".join(f"<value>{escaped(one)}</value>" for one in correct)
    key = f"<correctResponse>{values}</correctResponse>" if values else ""
    return (
        f'<responseDeclaration identifier="{identifier}" cardinality="{cardinality}"'
        f' baseType="{base_type}">{key}{mapped}</responseDeclaration>'
    )


def mapping(
    entries: list[tuple[str, Decimal]],
    *,
    bounds: tuple[int, int] | None = None,
    is_case_sensitive: bool = True,
) -> str:
    """Values of responses. The first of two for one response counts, so the highest is written."""
    best: dict[str, Decimal] = {}
    for key, value in entries:
        best[key] = max(best.get(key, value), value)
    case = "" if is_case_sensitive else ' caseSensitive="false"'
    mapped = "".join(
        f'<mapEntry mapKey="{escaped(key)}" mappedValue="{as_text(value)}"{case}/>'
        for key, value in best.items()
    )
    limits = f' lowerBound="{bounds[0]}" upperBound="{bounds[1]}"' if bounds else ""
    return f'<mapping defaultValue="0"{limits}>{mapped}</mapping>'


def match_set(choices: Iterable[tuple[str, str, int]]) -> str:
    """One side of pairs: identifier, content, and how often it may be used (0: any number)."""
    inside = "".join(
        f'<simpleAssociableChoice identifier="{key}" matchMax="{times}">{content}'
        "</simpleAssociableChoice>"
        for key, content, times in choices
    )
    return f"<simpleMatchSet>{inside}</simpleMatchSet>"
