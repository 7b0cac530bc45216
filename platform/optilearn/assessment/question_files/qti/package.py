"""Reading packages and single items of QTI."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final
from urllib.parse import unquote

from django.utils.translation import gettext as _

from optilearn.assessment.question_files.drafts import (
    Category,
    Code,
    Draft,
    Problem,
    UnreadableFileError,
    UnreadableQuestionError,
    number_in,
)
from optilearn.assessment.question_files.qti.interactions import read_item
from optilearn.assessment.question_files.qti.items import plain_names
from optilearn.assessment.question_files.uploads import Package, is_zip
from optilearn.assessment.question_files.xmltree import Element, parse

_MANIFEST: Final = "imsmanifest.xml"
_OLD: Final = ("imsqti_xmlv1p", "imsqti_assessment_xmlv1p", "imsqti_item_xmlv1p")
_ITEM: Final = ("imsqti_item_xmlv2p", "imsqti_item_xmlv3p", "imsqti_apipitem_xmlv")
_TEST: Final = ("imsqti_test_xmlv2p", "imsqti_test_xmlv3p", "imsqti_assessment_xmlv2p")


@dataclass
class _Place:
    """The facts of an item that its package has."""

    category: Category = ()
    weight: Decimal = Decimal(1)
    tags: list[str] = field(default_factory=list)


def read_qti(content: bytes) -> Iterator[Draft]:
    """Yield the questions of a package or of one item, those that can't be read with their error.

    Raises ``UnreadableFileError``.
    """
    if is_zip(content):
        yield from _of_package(Package(content))
        return
    root = plain_names(parse(content))
    _refuse_old(root)
    if root.name != "assessmentItem":
        raise UnreadableFileError(
            _("Send an item (assessmentItem), or a package with everything in it."), root.line
        )
    yield read_item(root, _("line %(n)d") % {"n": root.line})


def _refuse_old(root: Element) -> None:
    if root.name == "questestinterop":
        raise _old("questestinterop")


def _old(sign: str) -> UnreadableFileError:
    return UnreadableFileError(
        _("This is QTI 1.2 (%(sign)s), which isn't read. Export it as QTI 2.1, 2.2 or 3.0.")
        % {"sign": sign}
    )


def _of_package(package: Package) -> Iterator[Draft]:
    manifests = [one for one in package.names if posixpath.basename(one) == _MANIFEST]
    if not manifests:
        raise UnreadableFileError(_("The package has no %(name)s.") % {"name": _MANIFEST})
    name = min(manifests, key=len)
    manifest = parse(package.read(name))
    folder = posixpath.dirname(name)
    resources = [one for one in manifest.walk() if one.name == "resource"]
    for one in resources:
        if one.get("type").startswith(_OLD):
            raise _old(one.get("type"))
    items = [one for one in resources if one.get("type").startswith(_ITEM)]
    if not items:
        raise UnreadableFileError(_("The package has no items of QTI 2.1, 2.2 or 3.0."))
    places = _places(package, folder, resources)
    for one in items:
        path = _path(folder, one.get("href") or _first_file(one))
        place = places.get(path) or _Place()
        place.tags = [key.text.strip() for key in one.walk() if key.name == "keyword"]
        yield _item(package, path, place)


def _first_file(resource: Element) -> str:
    file = resource.first("file")
    return "" if file is None else file.get("href")


def _path(folder: str, href: str) -> str:
    return posixpath.normpath(posixpath.join(folder, unquote(href)))


def _item(package: Package, path: str, place: _Place) -> Draft:
    """Read an item; a file that can't be read is the error of this one alone."""
    try:
        root = _root(package, path)
    except UnreadableFileError as error:
        return Draft(path, name=path, error=Problem(Code.INVALID, error.message))
    _bring_stimuli(package, path, root)
    draft = read_item(root, path, place.weight)
    draft.category, draft.tags = place.category, [tag for tag in place.tags if tag]
    return draft


def _bring_stimuli(package: Package, path: str, item: Element) -> None:
    """Put the texts that an item shares with others before its own; those not found stay named."""
    body = item.first("itemBody")
    for one in reversed(item.all("assessmentStimulusRef")):
        shared = _path(posixpath.dirname(path), one.get("href"))
        if body is None or shared not in package.names:
            continue
        try:
            stimulus = plain_names(parse(package.read(shared))).first("stimulusBody")
        except UnreadableFileError:
            continue
        if stimulus is not None:
            body.children[:0] = stimulus.children
            item.children.remove(one)


def _root(package: Package, path: str) -> Element:
    if path not in package.names:
        raise UnreadableFileError(_("The package has no %(name)s.") % {"name": path})
    root = plain_names(parse(package.read(path)))
    if root.name != "assessmentItem":
        raise UnreadableFileError(_("This is no item, but %(name)s.") % {"name": root.name})
    return root


def _places(package: Package, folder: str, resources: list[Element]) -> dict[str, _Place]:
    """Sections and weights of the package's tests, by the item's path."""
    found: dict[str, _Place] = {}
    for one in resources:
        path = _path(folder, one.get("href"))
        if not one.get("type").startswith(_TEST) or path not in package.names:
            continue
        try:
            test = plain_names(parse(package.read(path)))
        except UnreadableFileError:
            continue  # its items are read all the same
        for part in test.all("testPart"):
            _sections(part, (posixpath.dirname(path), ()), found)
    return found


def _sections(element: Element, at: tuple[str, Category], found: dict[str, _Place]) -> None:
    folder, category = at
    for one in element.elements:
        if one.name == "assessmentSection":
            title = one.get("title").strip()
            _sections(one, (folder, (*category, title) if title else category), found)
        elif one.name == "assessmentItemRef":
            weight = one.first("weight")
            found[_path(folder, one.get("href"))] = _Place(category, _weight(weight))


def _weight(element: Element | None) -> Decimal:
    try:
        return Decimal(1) if element is None else number_in(element.get("value"))
    except UnreadableQuestionError:
        return Decimal(1)
