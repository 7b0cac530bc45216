"""The declarations of an item: keys, mappings, and how a response becomes a score."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final

from optilearn.assessment.question_files.drafts import number_in
from optilearn.assessment.question_files.xmltree import Element

_ALMOST: Final = Decimal("0.999")
_FALSE: Final = frozenset({"false", "0"})
_BRANCHES: Final = frozenset({"responseIf", "responseElseIf", "responseElse"})


class Marking(StrEnum):
    """The way an item's score comes about."""

    MATCH = "MATCH"
    """match_correct: all of the key or nothing."""
    MAP = "MAP"
    """map_response: mapped values add up; the sum is clipped, not the parts."""
    MAP_ALL = "MAP_ALL"
    """Every response has to earn its whole mapped value."""
    EQUAL = "EQUAL"
    """Numbers within a distance."""
    NONE = "NONE"
    OTHER = "OTHER"


@dataclass
class Mapping:
    """Values of responses. A response that is repeated counts once; none at all is worth 0."""

    entries: dict[str, Decimal] = field(default_factory=dict)
    case_sensitive: dict[str, bool] = field(default_factory=dict)
    default: Decimal = Decimal(0)
    lower: Decimal | None = None
    upper: Decimal | None = None

    def best(self, *, of_several: bool) -> Decimal:
        """The highest score: of one response, or of several whose values add up."""
        positive = [value for value in self.entries.values() if value > 0]
        found = sum(positive, Decimal(0)) if of_several else max(positive, default=Decimal(0))
        if self.upper is not None and found >= self.upper * _ALMOST:
            return self.upper  # thirds add up to almost all of it
        return found


@dataclass
class Declaration:
    """A response: its key and its mapping."""

    identifier: str
    cardinality: str
    base_type: str
    correct: list[str]
    mapping: Mapping | None


def declarations_of(item: Element) -> dict[str, Declaration]:
    """Return the responses by identifier. Raises ``UnreadableQuestionError`` for bad numbers."""
    return {
        one.get("identifier"): Declaration(
            identifier=one.get("identifier"),
            cardinality=one.get("cardinality", "single"),
            base_type=one.get("baseType"),
            correct=_values(one.first("correctResponse")),
            mapping=_mapping(one.first("mapping")),
        )
        for one in item.all("responseDeclaration")
    }


def _values(element: Element | None) -> list[str]:
    return [] if element is None else [one.text.strip() for one in element.all("value")]


def _mapping(element: Element | None) -> Mapping | None:
    if element is None:
        return None
    found = Mapping(
        default=number_in(element.get("defaultValue", "0")),
        lower=number_in(element.get("lowerBound")) if element.get("lowerBound") else None,
        upper=number_in(element.get("upperBound")) if element.get("upperBound") else None,
    )
    for one in element.all("mapEntry"):
        key = one.get("mapKey").strip()
        found.entries.setdefault(key, number_in(one.get("mappedValue", "0")))
        found.case_sensitive.setdefault(key, one.get("caseSensitive", "true") not in _FALSE)
    return found


@dataclass(frozen=True)
class Near:
    """A number that earns a share, within a distance."""

    value: Decimal
    tolerance: Decimal
    score: Decimal


_FRAME: Final = frozenset(
    {
        "responseProcessing", "responseCondition", "responseIf", "responseElse", "setOutcomeValue",
        "baseValue", "variable", "isNull", "not", "and",
    }
)  # fmt: skip
_MATCHES: Final = _FRAME | {"match", "correct", "responseElseIf", "sum"}
_MAPS: Final = _FRAME | {"mapResponse", "sum"}
_ALL: Final = _MAPS | {"equal"}
_NEAR: Final = _FRAME | {"responseElseIf", "equal"}
_SCORE: Final = "SCORE"
_TEMPLATES: Final = {
    "match_correct": Marking.MATCH,
    "cc2_match": Marking.MATCH,
    "map_response": Marking.MAP,
    "cc2_map_response": Marking.MAP,
}


def marking_of(item: Element) -> Marking:
    """Return the way an item is marked, by its template or by what its rules consist of."""
    processing = item.first("responseProcessing")
    if processing is None:
        return Marking.NONE
    template = processing.get("template") or processing.get("templateLocation")
    if template:
        name = template.rstrip("/").rpartition("/")[2].removesuffix(".xml").lower()
        return _TEMPLATES.get(name, Marking.OTHER)
    found = _marking_by(set(_names(processing)))
    if found is Marking.MATCH and not _is_all_or_nothing(processing):
        return Marking.OTHER
    return Marking.OTHER if found is Marking.EQUAL and not numbers_near(item) else found


def _marking_by(names: set[str]) -> Marking:
    if names == {"responseProcessing"}:
        return Marking.NONE
    if {"match", "correct"} <= names <= _MATCHES:
        return Marking.MATCH
    if "mapResponse" in names and names <= _MAPS:
        return Marking.MAP
    if {"mapResponse", "and"} <= names <= _ALL:
        return Marking.MAP_ALL
    return Marking.EQUAL if names <= _NEAR and "equal" in names else Marking.OTHER


def highest_of(item: Element) -> Decimal:
    """Return the score of an item that is right: as it declares, or as its rule sets it, else 1.

    Raises ``UnreadableQuestionError``.
    """
    for one in item.all("outcomeDeclaration"):
        value = one.first("defaultValue")
        if one.get("identifier") == "MAXSCORE" and value is not None:
            found = number_in(value.text)
            return found if found > 0 else Decimal(1)
    processing = item.first("responseProcessing") or Element("responseProcessing")
    if processing.get("template") or processing.get("templateLocation"):
        return Decimal(1)
    branches = (one for one in processing.walk() if one.name in _BRANCHES and _is_match(one))
    rights = (earned for one in branches if (earned := _earned(one)) is not None and earned > 0)
    return max(rights, default=None) or _normal_maximum(item)


def _normal_maximum(item: Element) -> Decimal:
    for one in item.all("outcomeDeclaration"):
        if one.get("identifier") == _SCORE and one.get("normalMaximum"):
            found = number_in(one.get("normalMaximum"))
            return found if found > 0 else Decimal(1)
    return Decimal(1)


def _is_all_or_nothing(processing: Element) -> bool:
    """Return True if one branch, where the response is the key, earns something, others nothing."""
    rights = 0
    for branch in processing.walk():
        if branch.name not in _BRANCHES or not _scores(branch):
            continue
        earned = _earned(branch)
        is_right = _is_match(branch)
        if earned is None or (earned <= 0 if is_right else earned != 0):
            return False
        rights += is_right
    return rights == 1


def _is_match(branch: Element) -> bool:
    """Return True if a branch is taken when one response is its key; not for the opposite of it."""
    waiting = [one for one in branch.elements if one.name in {"match", "and"}]
    matches = 0
    while waiting:
        found = waiting.pop()
        if found.name == "and":
            waiting += found.elements
        elif found.name == "match":
            matches += found.first("correct") is not None and found.first("variable") is not None
    return matches == 1


def _scores(branch: Element) -> list[Element]:
    return [one for one in branch.all("setOutcomeValue") if one.get("identifier") == _SCORE]


def _earned(branch: Element) -> Decimal | None:
    """Return the score that a branch sets or adds; None if that isn't one number.

    1 stands for the item's ``MAXSCORE``.
    """
    parts = [part for one in _scores(branch) for part in one.walk()]
    values = [part for part in parts if part.name == "baseValue"]
    others = {part.get("identifier") for part in parts if part.name == "variable"} - {_SCORE}
    if not values and others == {"MAXSCORE"}:
        return Decimal(1)
    return number_in(values[0].text) if len(values) == 1 and not others else None


def _names(element: Element) -> Iterator[str]:
    """The names of the rules that set the score; those that only choose feedback are left out."""
    yield element.name
    for one in element.elements:
        if one.name == "responseCondition" and not _sets_score(one):
            continue
        if one.name == "setOutcomeValue" and one.get("identifier") != _SCORE:
            continue
        yield from _names(one)


def _sets_score(element: Element) -> bool:
    return any(
        one.name == "setOutcomeValue" and one.get("identifier") == _SCORE for one in element.walk()
    )


def numbers_near(item: Element) -> list[Near]:
    """Return the numbers of ``equal`` rules with an absolute distance, empty if one is another."""
    found = []
    for branch in item.walk():
        if branch.name not in {"responseIf", "responseElseIf"}:
            continue
        near = _near(branch)
        if near is None:
            return []
        found.append(near)
    return found


def _near(branch: Element) -> Near | None:
    equal = branch.first("equal")
    score = next(
        (one for one in branch.all("setOutcomeValue") if one.get("identifier") == _SCORE), None
    )
    if equal is None or score is None:
        return None
    value, earned = equal.text_of("baseValue"), score.text_of("baseValue")
    mode = equal.get("toleranceMode", "exact")
    distances = (equal.get("tolerance") or "0").split()
    if mode not in {"exact", "absolute"} or not value or not earned or len(set(distances)) != 1:
        return None
    tolerance = number_in(distances[0]) if mode == "absolute" else Decimal(0)
    return Near(number_in(value), tolerance, number_in(earned))
