"""Interactions that pair things: matching questions, where each left side has one right side."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from django.utils.translation import gettext as _

from optilearn.assessment.question_files.drafts import UnreadableQuestionError, lost, pairs_of
from optilearn.assessment.question_files.markup import as_plain
from optilearn.assessment.question_files.qti.declarations import Declaration, Marking, highest_of
from optilearn.assessment.question_files.qti.items import Content, Item
from optilearn.assessment.question_files.xmltree import Element

Pairs = list[tuple[str, str]]


def of_match(item: Item, interaction: Element) -> tuple[Content, Decimal]:
    """A matching question of two sets. Raises ``UnreadableQuestionError``."""
    declared = item.declaration(interaction)
    sets = [one.all("simpleAssociableChoice") for one in interaction.all("simpleMatchSet")]
    if len(sets) != 2:
        raise UnreadableQuestionError(_("There is no answer."))
    found = _correct(declared)
    lefts, rights = sets
    if not _is_one_each(lefts, found):
        found = [(right, left) for left, right in found]
        lefts, rights = rights, lefts
    return _content(item, declared, found, (lefts, rights))


def of_associate(item: Item, interaction: Element) -> tuple[Content, Decimal]:
    """A matching question of one set, of which each thing is used once."""
    declared = item.declaration(interaction)
    choices = interaction.all("simpleAssociableChoice")
    found = _correct(declared)
    used = Counter(key for pair in found for key in pair)
    if any(count > 1 for count in used.values()):
        raise _several()
    item.draft.warn(lost("associateInteraction: any two"))
    first = {left for left, _right in found}
    lefts = [one for one in choices if one.get("identifier") in first]
    rights = [one for one in choices if one.get("identifier") not in first]
    return _content(item, declared, found, (lefts, rights))


def of_gaps(item: Item, interaction: Element) -> tuple[Content, Decimal]:
    """A matching question of numbered gaps in a text."""
    declared = item.declaration(interaction)
    gaps = [one for one in interaction.walk() if one.name == "gap"]
    choices = [one for one in interaction.elements if one.name in {"gapText", "gapImg"}]
    for number, gap in enumerate(gaps, 1):
        item.gaps[id(gap)] = f"({number}) _____"
    for choice in choices:
        item.gaps[id(choice)] = ""
    item.gaps[id(interaction)] = item.html(interaction)
    item.read_text()
    found = [(gap, choice) for choice, gap in _correct(declared)]
    for number, gap in enumerate(gaps, 1):
        gap.children = [f"({number})"]
    return _content(item, declared, found, (gaps, choices))


def _correct(declared: Declaration) -> Pairs:
    found = []
    for value in declared.correct:
        left, _blank, right = value.partition(" ")
        found.append((left, right.strip()))
    if not found and declared.mapping is not None:
        found = [
            (key.partition(" ")[0], key.partition(" ")[2].strip())
            for key, value in declared.mapping.entries.items()
            if value > 0
        ]
    if not found:
        raise UnreadableQuestionError(_("There is no answer."))
    return found


def _is_one_each(lefts: list[Element], found: Pairs) -> bool:
    return sorted(left for left, _right in found) == sorted(one.get("identifier") for one in lefts)


def _several() -> UnreadableQuestionError:
    return UnreadableQuestionError(
        _("Only pairs can be carried, of which each left side has one right side.")
    )


def _content(
    item: Item, declared: Declaration, found: Pairs, sets: tuple[list[Element], list[Element]]
) -> tuple[Content, Decimal]:
    lefts, rights = sets
    texts = {one.get("identifier"): as_plain(item.html(one)) for one in rights}
    of_left = dict(found)
    if not _is_one_each(lefts, found) or not set(of_left.values()) <= set(texts):
        raise _several()
    for one in rights:
        if item.html(one) and "<" in item.html(one):
            item.draft.warn(lost(f"HTML ({texts[one.get('identifier')]})"))
    sides = [(item.html(one), texts[of_left[one.get("identifier")]]) for one in lefts]
    unused = [text for key, text in texts.items() if key not in set(of_left.values())]
    content = pairs_of([*sides, *(("", text) for text in unused)])
    content["partialCredit"], best = _marks(item, declared, found)
    return content, best


def _marks(item: Item, declared: Declaration, found: Pairs) -> tuple[bool, Decimal]:
    """Return True if pairs earn a part each, and the highest score."""
    mapping = declared.mapping
    if item.marking is not Marking.MAP or mapping is None:
        if item.marking is not Marking.MATCH:
            item.changed_marking()
        return False, highest_of(item.root)
    wanted = {frozenset(pair) for pair in found}
    right = [v for key, v in mapping.entries.items() if frozenset(key.split()) in wanted]
    other = [v for key, v in mapping.entries.items() if frozenset(key.split()) not in wanted]
    if len(set(right)) != 1 or len(right) != len(found) or any(other) or mapping.default:
        item.changed_marking()
    return True, mapping.best(of_several=True) or Decimal(1)
