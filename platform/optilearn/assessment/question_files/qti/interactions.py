"""The interactions of items, and the types of questions that they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Final

from django.utils.translation import gettext as _

from optilearn.assessment.question_files.drafts import (
    Draft,
    UnreadableQuestionError,
    lost,
    number_in,
    several_choice,
    single_choice,
)
from optilearn.assessment.question_files.markup import as_plain
from optilearn.assessment.question_files.qti import pairs
from optilearn.assessment.question_files.qti.declarations import (
    Declaration,
    Marking,
    highest_of,
    numbers_near,
)
from optilearn.assessment.question_files.qti.items import Content, Item, unsupported
from optilearn.assessment.question_files.xmltree import Element

_NUMBERS: Final = frozenset({"float", "integer"})
_PLACES: Final = Decimal("0.00001")
_CENT: Final = Decimal("0.01")
_MASK: Final = re.compile(r"\[\\s\\S\]\{0,(\d{1,5})\}\Z")
_HUNDRED: Final = Decimal(100)


def read_item(root: Element, place: str, weight: Decimal = Decimal(1)) -> Draft:
    """Return the question that an item is, or its error. ``weight`` is what its test gives it."""
    item = Item(root, place)
    try:
        item.prepare()
        best = _read(item)
        item.draft.set_points(weight * best)
    except UnreadableQuestionError as error:
        item.draft.error = error.problem
    return item.draft


def _read(item: Item) -> Decimal:
    """Read the content; return the highest score."""
    names = [one.name for one in item.interactions]
    if not names:
        raise unsupported("itemBody")
    if set(names) == {"textEntryInteraction"}:
        best = _entries(item)
        item.remarks([])
        return best
    if len(names) > 1 or names[0] not in _ONE:
        counted = Counter(names).items()
        raise unsupported(", ".join(f"{n} × {name}" if n > 1 else name for name, n in counted))
    (interaction,) = item.interactions
    if names[0] != "gapMatchInteraction":
        item.read_text()
    item.draft.content, best = _ONE[names[0]](item, interaction)
    if names[0] != "choiceInteraction":
        item.remarks([])
    return best


def _choice(item: Item, interaction: Element) -> tuple[Content, Decimal]:
    declared = item.declaration(interaction)
    choices = interaction.all("simpleChoice")
    remarks = item.remarks(choices)
    keys = [one.get("identifier") for one in choices]
    texts = [item.html(one, carries_remarks=True) for one in choices]
    is_multiple = declared.cardinality != "single"
    if is_multiple and 1 < number_in(interaction.get("maxChoices") or "0") < len(choices):
        item.draft.warn(lost("maxChoices"))
    if any(one.get("fixed") == "true" for one in choices):
        item.draft.warn(lost("fixed"))
    shares, best = _shares(item, declared, keys, is_multiple=is_multiple)
    if not is_multiple and _is_true_false(item, choices, shares):
        return _true_false(dict(zip(keys, remarks, strict=True)), declared), best
    options = list(zip(texts, shares, remarks, strict=True))
    if not is_multiple:
        return single_choice(options, item.draft), best
    found = several_choice(options)
    if declared.mapping is None or item.marking is not Marking.MAP:
        for option in found["options"]:
            del option["share"]
        found["partialCredit"] = False
    return found, best


def _shares(
    item: Item, declared: Declaration, keys: list[str], *, is_multiple: bool
) -> tuple[list[Decimal], Decimal]:
    """The share of each choice in percent, and the highest score."""
    mapping = declared.mapping
    if mapping is not None and (item.marking is Marking.MAP or not declared.correct):
        if item.marking is not Marking.MAP:
            item.changed_marking()
        best = mapping.best(of_several=is_multiple)
        if best <= 0:
            raise UnreadableQuestionError(_("There is no answer."))
        values = [mapping.entries.get(key, mapping.default) for key in keys]
        if is_multiple and mapping.lower is None and any(value < 0 for value in values):
            item.draft.warn(lost("lowerBound"))
        return [(value / best * 100).quantize(_PLACES) for value in values], best
    if item.marking is not Marking.MATCH:
        item.changed_marking()
    if not set(declared.correct) & set(keys):
        raise UnreadableQuestionError(_("There is no answer."))
    shares = [Decimal(100 if key in declared.correct else 0) for key in keys]
    return shares, highest_of(item.root)


def _is_true_false(item: Item, choices: list[Element], shares: list[Decimal]) -> bool:
    keys = {one.get("identifier").lower() for one in choices}
    texts = {as_plain(item.html(one, carries_remarks=True)).lower() for one in choices}
    is_plain = sorted(shares) == [0, 100] and len(choices) == 2
    return is_plain and keys == {"true", "false"} == texts


def _true_false(remarks: dict[str, str], declared: Declaration) -> Content:
    right = declared.correct[0] if declared.correct else "true"
    return {
        "kind": "TRUE_FALSE",
        "isTrue": right.lower() == "true",
        "feedbackRight": remarks.get(right, ""),
        "feedbackWrong": next((text for key, text in remarks.items() if key != right), ""),
    }


def _order(item: Item, interaction: Element) -> tuple[Content, Decimal]:
    declared = item.declaration(interaction)
    texts = {one.get("identifier"): item.html(one) for one in interaction.all("simpleChoice")}
    if sorted(declared.correct) != sorted(texts):
        raise UnreadableQuestionError(_("Only an order of all things can be carried."))
    if item.marking is not Marking.MATCH:
        item.changed_marking()
    items = [{"key": str(n), "text": texts[key]} for n, key in enumerate(declared.correct, 1)]
    return {"kind": "ORDERING", "items": items}, highest_of(item.root)


def _essay(item: Item, interaction: Element) -> tuple[Content, Decimal]:
    notes = [
        item.feedback(one)
        for one in item.body.walk()
        if one.name == "rubricBlock" and "candidate" not in one.get("view").split()
    ]
    content: Content = {"kind": "ESSAY", "notesForGraders": "\n".join(notes)}
    found = _MASK.match(interaction.get("patternMask"))
    if found:
        content["maxCharacters"] = int(found[1])
    elif interaction.get("patternMask"):
        item.draft.warn(lost("patternMask"))
    declared = item.declarations.get(interaction.get("responseIdentifier"))
    if declared is not None and (declared.correct or declared.mapping is not None):
        item.draft.warn(lost("correctResponse" if declared.correct else "mapping"))
    return content, highest_of(item.root)


def _entries(item: Item) -> Decimal:
    """Read what is typed: a number, a short answer, or gaps."""
    declared = [item.declaration(one) for one in item.interactions]
    is_gap = len(declared) > 1 or _stands_in_text(item)
    if any(one.base_type in _NUMBERS for one in declared):
        if len(declared) > 1:
            raise unsupported("textEntryInteraction (float)")
        item.gaps[id(item.interactions[0])] = "_____" if is_gap else ""
        item.read_text()
        item.draft.content, best = _number(item, declared[0])
        return best
    if not is_gap:
        item.gaps[id(item.interactions[0])] = ""
        item.read_text()
        answers, is_case_sensitive, best = _answers(item, declared[0])
        item.draft.content = {
            "kind": "SHORT_ANSWER",
            "answers": answers,
            "isCaseSensitive": is_case_sensitive,
        }
        return best
    return _blanks(item, declared)


def _stands_in_text(item: Item) -> bool:
    """Return True if there are words after the place to type, or it says that it is a gap."""
    (entry,) = item.interactions
    if "gap" in entry.get("class").split():
        return True
    item.gaps[id(entry)] = "\ufdda"
    after = as_plain(item.html(item.body)).partition("\ufdda")[2]
    return bool(re.search(r"\w", after))


def _blanks(item: Item, declared: list[Declaration]) -> Decimal:
    for number, one in enumerate(item.interactions, 1):
        item.gaps[id(one)] = f"[[{number}]]"
    item.read_text()
    blanks: list[Content] = []
    sensitive: set[bool] = set()
    bests: list[Decimal] = []
    for number, response in enumerate(declared, 1):
        answers, is_case_sensitive, best = _answers(item, response)
        blanks.append({"key": str(number), "answers": answers})
        sensitive.add(is_case_sensitive)
        bests.append(best)
    for blank, weight in zip(blanks, _weights(bests), strict=True):
        blank["weight"] = weight
    if len(sensitive) > 1:
        item.draft.warn(lost("caseSensitive"))
    item.draft.content = {
        "kind": "FILL_BLANK",
        "blanks": blanks,
        "isCaseSensitive": sensitive == {True},
        "partialCredit": item.marking is not Marking.MAP_ALL,
    }
    if item.marking not in {Marking.MAP, Marking.MAP_ALL}:
        return highest_of(item.root)
    total = sum(bests, Decimal(0))
    return Decimal(1) if abs(total - 1) < _PLACES else total


def _weights(bests: list[Decimal]) -> list[Decimal]:
    """Whole numbers in the same proportion, or two places where they would be too large."""
    total = sum(map(Fraction, bests))
    parts = [(Fraction(one) / total).limit_denominator(100_000) for one in bests]
    common = lcm(*(part.denominator for part in parts))
    whole = [part * common for part in parts]
    if max(whole) > 1000:
        return [max(one.quantize(_CENT), _CENT) for one in bests]
    return [Decimal(int(one)) for one in whole]


def _answers(item: Item, declared: Declaration) -> tuple[list[Content], bool, Decimal]:
    """The answers of a place to type, whether case counts, and the highest score."""
    mapping = declared.mapping
    is_mapped = item.marking in {Marking.MAP, Marking.MAP_ALL}
    if not is_mapped and item.marking is not Marking.MATCH:
        item.changed_marking()
    if mapping is None or (declared.correct and item.marking is Marking.MATCH):
        if not declared.correct:
            raise UnreadableQuestionError(_("There is no answer."))
        return [{"text": text} for text in declared.correct], True, highest_of(item.root)
    best = mapping.best(of_several=False)
    if best <= 0:
        raise UnreadableQuestionError(_("There is no answer."))
    if mapping.default != 0:
        item.draft.warn(lost("defaultValue"))
    cases = set(mapping.case_sensitive.values())
    if len(cases) > 1:
        item.draft.warn(lost("caseSensitive"))
    answers: list[Content] = [
        {"text": key, "share": (value / best * _HUNDRED).quantize(_PLACES)}
        for key, value in mapping.entries.items()
    ]
    return answers, cases == {True}, best


def _number(item: Item, declared: Declaration) -> tuple[Content, Decimal]:
    near = numbers_near(item.root) if item.marking is Marking.EQUAL else []
    if near:
        best = max(one.score for one in near)
        if best <= 0:
            raise UnreadableQuestionError(_("There is no answer."))
        answers: list[Content] = [
            {
                "value": one.value,
                "tolerance": one.tolerance,
                "share": (one.score / best * _HUNDRED).quantize(_PLACES),
            }
            for one in near
        ]
        return {"kind": "NUMERIC", "answers": answers}, best
    found, _case, best = _answers(item, declared)
    answers = [{"value": number_in(one["text"]), "share": one.get("share", 100)} for one in found]
    return {"kind": "NUMERIC", "answers": answers}, best


_ONE: Final[Mapping[str, Callable[[Item, Element], tuple[Content, Decimal]]]] = {
    "choiceInteraction": _choice,
    "orderInteraction": _order,
    "extendedTextInteraction": _essay,
    "matchInteraction": pairs.of_match,
    "associateInteraction": pairs.of_associate,
    "gapMatchInteraction": pairs.of_gaps,
}
