"""Reading one item of QTI 2.1, 2.2 or 3.0."""

from __future__ import annotations

import re
from typing import Any, Final

from django.utils.translation import gettext as _

from optilearn.assessment.question_files.drafts import (
    Code,
    Draft,
    Problem,
    UnreadableQuestionError,
    lost,
    lost_file,
)
from optilearn.assessment.question_files.markup import as_plain
from optilearn.assessment.question_files.qti.declarations import (
    Declaration,
    Marking,
    declarations_of,
    marking_of,
)
from optilearn.assessment.question_files.xmltree import Element, inner

_OWN: Final = re.compile(r"optilearn-\d+\Z")
"""Identifiers that our export gives to questions that have none."""
_REPORTED: Final = frozenset({"catalogInfo", "feedbackBlock", "feedbackInline", "printedVariable"})
_DROPPED: Final = _REPORTED | {"stylesheet"}
_BESIDE: Final = ("assessmentStimulusRef", "catalogInfo", "companionMaterialsInfo")
"""Parts of an item beside its body that have no counterpart."""
_FILES: Final = frozenset({"object", "audio", "video", "picture"})


def plain_names(element: Element) -> Element:
    """Give an element of QTI 3.0, and all in it, the names that it has in 2.x."""
    for one in element.walk():
        if one.name.startswith("qti-"):
            one.name = _camel(one.name.removeprefix("qti-"))
            one.attributes = {_camel(name): value for name, value in one.attributes.items()}
    return element


def _camel(name: str) -> str:
    first, *others = name.split("-")
    return first + "".join(part.capitalize() for part in others)


class Item:
    """An item being read: its draft, its declarations, its interactions."""

    def __init__(self, root: Element, place: str) -> None:
        self.root = root
        self.draft = Draft(place)
        identifier = root.get("identifier").strip()
        self.draft.external_id = "" if _OWN.match(identifier) else identifier
        self.draft.set_name(root.get("title"), identifier)
        self.declarations: dict[str, Declaration] = {}
        self.marking = Marking.NONE
        self.body = root.first("itemBody") or Element("itemBody")
        self.interactions = [one for one in self.body.walk() if one.name.endswith("Interaction")]
        self.gaps: dict[int, str] = {}
        """Texts that stand for elements, by their identity."""

    def prepare(self) -> None:
        """Read the declarations. Raises ``UnreadableQuestionError``."""
        if self.root.first("templateDeclaration") is not None:
            raise unsupported("templateDeclaration")
        if self.root.get("adaptive") == "true":
            self.draft.warn(lost("adaptive"))
        self.declarations = declarations_of(self.root)
        self.marking = marking_of(self.root)
        processing = self.root.first("responseProcessing")
        if len(self.interactions) > 1 and processing is not None and processing.get("template"):
            self.marking = Marking.OTHER  # templates mark one response
        for name in _BESIDE:
            if self.root.first(name) is not None:
                self.draft.warn(lost(name))

    def declaration(self, interaction: Element) -> Declaration:
        """The response of an interaction. Raises ``UnreadableQuestionError``."""
        found = self.declarations.get(interaction.get("responseIdentifier"))
        if found is None:
            raise UnreadableQuestionError(_("There is no answer."))
        return found

    def html(self, element: Element, *, carries_remarks: bool = False) -> str:
        """The HTML in an element, without interactions, feedback, and files.

        ``carries_remarks``: feedback in it is read apart, and isn't lost.
        """

        def shown(one: Element) -> str | None:
            is_read = carries_remarks and one.name == "feedbackInline"
            return "" if is_read else self._shown(one)

        return inner(element, shown).strip()

    def _shown(self, one: Element) -> str | None:
        if id(one) in self.gaps:
            return self.gaps[id(one)]
        if one.name == "img" or one.name in _FILES:
            name = one.get("src") or one.get("data") or one.name
            self.draft.warn(lost_file(name))
            return f"[{one.get('alt') or one.text.strip() or name}]"
        if one.name.endswith("Interaction"):
            one = Element("x", children=[*one.all("prompt")])
            return self.html(one)
        if one.name == "prompt":
            return f"<p>{self.html(one)}</p>"
        is_seen = one.name != "rubricBlock" or "candidate" in one.get("view").split()
        if one.name == "contentBody" or (one.name == "rubricBlock" and is_seen):
            return self.html(one)
        if one.name in _REPORTED:
            self.draft.warn(lost(one.name))
        return "" if one.name in _DROPPED or not is_seen else None

    def read_text(self) -> None:
        """Take the text, which is what is left of the body, and its name and feedback from it."""
        text = self.html(self.body)
        blocks = [one for one in self.body.children if not _is_blank(one)]
        said = [one for one in blocks if isinstance(one, str) or not self._is_only_answer(one)]
        if len(said) == 1 and isinstance(only := said[0], Element):
            if only.name == "div" and not only.attributes:
                text = self.html(only)
            elif only in self.interactions and id(only) not in self.gaps:
                text = self.html(only.first("prompt") or only)
        elif not said:
            text = ""
        self.draft.text = text or self.draft.name
        if not self.root.get("title").strip():
            self.draft.set_name("", text or self.root.get("identifier"))
        self._read_feedback()

    def _is_only_answer(self, one: Element) -> bool:
        """Return True for what holds interactions without a word, and for the graders' notes."""
        if one.name in {"rubricBlock", "stylesheet"}:
            return not self.html(Element("x", children=[one]))
        has_interaction = any(part in self.interactions for part in one.walk())
        return has_interaction and not as_plain(self.html(Element("x", children=[one])))

    def _read_feedback(self) -> None:
        """Take feedback that is always shown; that of choices is read with them."""
        always = {
            (one.get("identifier"), default.text.strip())
            for one in self.root.all("outcomeDeclaration")
            if (default := one.first("defaultValue")) is not None
        }
        for one in self.root.all("modalFeedback"):
            if (one.get("outcomeIdentifier"), one.get("identifier")) in always:
                self.draft.feedback = self.feedback(one)

    def feedback(self, one: Element) -> str:
        """The HTML of a feedback, without the block that may be around it."""
        content = [part for part in one.children if not _is_blank(part)]
        only = content[0] if len(content) == 1 else None
        if not isinstance(only, Element) or only.attributes:
            return self.html(one)
        if only.name == "contentBody":
            return self.feedback(only)
        return self.html(only if only.name == "div" else one)

    def remarks(self, choices: list[Element]) -> list[str]:
        """The feedback of each choice; what belongs to none of them is reported."""
        found = dict.fromkeys((one.get("identifier") for one in choices), "")
        for one in self.root.all("modalFeedback"):
            key = one.get("identifier")
            if key in found and one.get("showHide", "show") == "show":
                found[key] = self.feedback(one)
            elif self.feedback(one) != self.draft.feedback:
                self.draft.warn(lost("modalFeedback"))
        for choice in choices:
            for one in choice.walk():
                if one.name == "feedbackInline":
                    found[choice.get("identifier")] = self.feedback(one)
        return list(found.values())

    def changed_marking(self) -> None:
        """Warn that what earns marks isn't what it was."""
        self.draft.warn(
            Problem(Code.MARKING_CHANGED, _("Its way of marking can't be carried; its key is."))
        )


def _is_blank(one: Element | str) -> bool:
    return isinstance(one, str) and not one.strip()


def unsupported(kind: str) -> UnreadableQuestionError:
    """The refusal of an item, or a part of one, that has no counterpart."""
    return UnreadableQuestionError(
        _("There is no such type here: %(kind)s.") % {"kind": kind}, Code.UNSUPPORTED
    )


Content = dict[str, Any]
