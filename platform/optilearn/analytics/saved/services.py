"""Writes of saved items. Each locks the item, so that of two editors the second is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from optilearn.analytics.catalog import current_catalog
from optilearn.analytics.models import Favorite, SavedItem, SavedVersion
from optilearn.analytics.saved.content import Content, check_size, problems_of
from optilearn.analytics.saved.policies import (
    SHARERS,
    check_may_have,
    check_may_share,
    may_hand_over,
)
from optilearn.analytics.saved.selectors import (
    ItemRow,
    editable_item,
    readable_item,
    version_content,
)
from optilearn.analytics.saved.uses import uses_of
from optilearn.analytics.saved.versions import conflict
from optilearn.core import audit, clock, sql
from optilearn.core.access.policies import refuse_unless
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import SEES_SQL, Role
from optilearn.core.errors import AppError, ErrorCode
from optilearn.people.selectors import people_of_roles

MAX_ITEMS: Final = 2_000
"""Items that one person may own."""
_HELD: Final = "SELECT id FROM analytics_saveditem WHERE id = %s FOR KEY SHARE"
"""The lock of a foreign key, taken before it: it waits for a deletion, and finds nothing then."""


@dataclass(frozen=True)
class Sharing:
    """The readers of an item."""

    visibility: str = SavedItem.Visibility.PRIVATE
    roles: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Save:
    """A save: the version it was made from, its note, and True if readers are to see it."""

    based_on: int
    note: str = ""
    publish: bool = False


@transaction.atomic
def create_item(
    *,
    principal: Principal,
    kind: SavedItem.Kind,
    content: Content,
    sharing: Sharing | None = None,
    publish: bool = False,
    key: UUID | None = None,
) -> int:
    """Save a new item of the principal's and return its id.

    ``key`` is given by an import. Raises ``AppError``: FORBIDDEN, REPORT_INVALID with every
    problem if it is to be published and can't be run, CONFLICT if another import has the key.
    """
    sharing = sharing or Sharing()
    check_may_have(principal, kind)
    check_may_share(principal, sharing.visibility)
    _check_roles(sharing)
    check_size(content.body)
    if publish:
        check_runs(principal, kind, content.body)
    if SavedItem.objects.filter(owner_id=principal.person_id).count() >= MAX_ITEMS:
        raise AppError(ErrorCode.CONFLICT, _("You have too many saved items. Delete some first."))
    item = SavedItem(
        kind=kind,
        key=key or uuid4(),
        owner_id=principal.person_id,
        visibility=sharing.visibility,
        roles=sharing.roles,
        entity=content.entity,
        published_version=1 if publish else None,
        **_columns(content),
    )
    _insert(item)
    _write_version(principal, item.pk, 1, content, "")
    _audit(principal, "saved.create", item.pk, kind=kind, published=publish)
    return item.pk


@transaction.atomic
def save_item(
    *,
    principal: Principal,
    item_id: int,
    kind: SavedItem.Kind,
    content: Content,
    save: Save,
) -> int:
    """Write a new version of an item and return its number.

    Raises ``AppError``: NOT_FOUND, FORBIDDEN, REPORT_INVALID if it is to be published and can't
    be run, CONFLICT with the newest version if somebody else saved meanwhile.
    """
    item = _locked(principal, item_id, kind)
    check_size(content.body)
    if item.version != save.based_on:
        raise conflict(item, save.based_on)
    if save.publish:
        check_runs(principal, item.kind, content.body)
    number = item.version + 1
    _write_version(principal, item_id, number, content, save.note)
    changes: dict[str, Any] = {"version": number, "updated_at": clock.now()}
    if save.publish:
        changes["published_version"] = number
    if save.publish or item.published_version is None:
        changes |= _columns(content) | {"entity": content.entity}
    SavedItem.objects.filter(pk=item_id).update(**changes)
    _audit(principal, "saved.save", item_id, version=number, published=save.publish)
    return number


@transaction.atomic
def publish_item(*, principal: Principal, item_id: int, version: int) -> None:
    """Show readers the newest version. Repeating it changes nothing.

    Raises ``AppError``: NOT_FOUND, FORBIDDEN, REPORT_INVALID with every problem, CONFLICT if
    ``version`` isn't the newest.
    """
    item = _locked(principal, item_id)
    if item.version != version:
        raise conflict(item, version)
    if item.published_version == version:
        return
    content = content_of(version_content(item_id, version))
    check_runs(principal, item.kind, content.body)
    SavedItem.objects.filter(pk=item_id).update(
        published_version=version, entity=content.entity, **_columns(content)
    )
    _audit(principal, "saved.publish", item_id, version=version)


def restore_version(*, principal: Principal, item_id: int, version: int, based_on: int) -> int:
    """Make the content of an earlier version the newest, as a version of its own.

    Returns its number. Raises ``AppError`` as :func:`save_item` does.
    """
    item = editable_item(principal, item_id)
    content = content_of(version_content(item_id, version))
    note = _("Version {number} again").format(number=version)
    return save_item(
        principal=principal,
        item_id=item_id,
        kind=SavedItem.Kind(item.kind),
        content=content,
        save=Save(based_on, note),
    )


@transaction.atomic
def share_item(*, principal: Principal, item_id: int, sharing: Sharing) -> None:
    """Change who may read an item. Raises ``AppError``: NOT_FOUND, FORBIDDEN."""
    _locked(principal, item_id)
    check_may_share(principal, sharing.visibility)
    _check_roles(sharing)
    SavedItem.objects.filter(pk=item_id).update(
        visibility=sharing.visibility, roles=sharing.roles, updated_at=clock.now()
    )
    _audit(principal, "saved.share", item_id, visibility=sharing.visibility, roles=sharing.roles)


@transaction.atomic
def hand_over(*, principal: Principal, item_id: int, person_id: int) -> None:
    """Give an item to another active person.

    Raises ``AppError``: NOT_FOUND, FORBIDDEN, VALIDATION_ERROR if there is no such person, or
    theirs is a role that can't have it.
    """
    item = readable_item(principal, item_id)
    refuse_unless(may_hand_over(principal, item))
    SavedItem.objects.select_for_update(no_key=True).get(pk=item_id)
    if not people_of_roles([person_id], _roles_that_may_own(item)):
        message = _("There is no active person with this id who could own it.")
        problem = {"path": "/personId", "code": "UNKNOWN_PERSON", "message": message, "hint": ""}
        raise AppError(ErrorCode.VALIDATION_ERROR, message, [problem])
    SavedItem.objects.filter(pk=item_id).update(owner_id=person_id, updated_at=clock.now())
    _audit(principal, "saved.hand_over", item_id, before=item.owner_id, after=person_id)


@transaction.atomic
def delete_item(*, principal: Principal, item_id: int) -> None:
    """Delete an item with its versions.

    Raises ``AppError``: NOT_FOUND, FORBIDDEN, CONFLICT with what uses it.
    """
    # FOR UPDATE waits for a schedule or alert that is just being created on it.
    list(SavedItem.objects.select_for_update().filter(pk=item_id).values("pk"))
    item = _locked(principal, item_id)
    uses = uses_of(item_id, principal)
    if uses:
        message = _("This is still in use. Change or delete what uses it first.")
        details = [
            use.to_wire() | {"path": "", "code": "IN_USE", "message": use.name, "hint": ""}
            for use in uses
        ]
        raise AppError(ErrorCode.CONFLICT, message, details)
    SavedItem.objects.filter(pk=item_id).delete()
    _audit(principal, "saved.delete", item_id, kind=item.kind)


def duplicate_item(*, principal: Principal, item_id: int, name: str | None) -> int:
    """Copy what the principal reads of an item into a private draft of their own.

    Returns its id. Raises ``AppError`` NOT_FOUND.
    """
    item = readable_item(principal, item_id)
    own = name or _("{name} (copy)").format(name=item.name)[:200]
    content = Content(own, item.description, item.tags, item.body)
    kind = SavedItem.Kind(item.kind)
    return create_item(principal=principal, kind=kind, content=content)


@transaction.atomic
def set_favorite(*, principal: Principal, item_id: int, is_favorite: bool) -> None:
    """Keep an item at hand, or no longer. Repeating it changes nothing.

    Raises ``AppError``: NOT_FOUND, CONFLICT if it is deleted at the same time.
    """
    readable_item(principal, item_id)
    own: dict[str, Any] = {"person_id": principal.person_id, "item_id": item_id}
    if is_favorite:
        hold_item(item_id)
        Favorite.objects.get_or_create(**own)
    else:
        Favorite.objects.filter(**own).delete()
    _audit(principal, "saved.favorite", item_id, favorite=is_favorite)


def hold_item(item_id: int | None) -> None:
    """Keep an item from being deleted until the transaction ends, for what is to refer to it.

    Raises ``AppError`` CONFLICT if it was deleted since it was read.
    """
    if item_id is not None and sql.row(_HELD, [item_id]) is None:
        raise AppError(ErrorCode.CONFLICT, _("This was deleted in the meantime."))


def check_runs(principal: Principal, kind: str, body: Mapping[str, Any]) -> None:
    """Raises ``AppError`` REPORT_INVALID with every problem unless it can be run."""
    problems = problems_of(principal, kind, body, current_catalog())
    if problems:
        raise AppError(ErrorCode.REPORT_INVALID, problems[0]["message"], problems)


def content_of(row: Mapping[str, Any]) -> Content:
    """The content in the columns of an item or a version."""
    return Content(row["name"], row["description"], row["tags"], row["body"])


def _locked(principal: Principal, item_id: int, *kinds: SavedItem.Kind) -> ItemRow:
    """An item that the principal may edit, as it is when nobody else can write it any more."""
    list(SavedItem.objects.select_for_update(no_key=True).filter(pk=item_id).values("pk"))
    return editable_item(principal, item_id, *kinds)


def _insert(item: SavedItem) -> None:
    """Write a new item; of two imports that bring the same key at one time the second is told."""
    try:
        with transaction.atomic():
            item.save(force_insert=True)
    except IntegrityError as error:
        message = _("Somebody else imported {name} at the same time. Import it again.")
        raise AppError(ErrorCode.CONFLICT, message.format(name=item.name)) from error


def _columns(content: Content) -> dict[str, Any]:
    return {
        "name": content.name,
        "description": content.description,
        "tags": content.tags,
        "body": dict(content.body),
    }


def _write_version(
    principal: Principal, item_id: int, number: int, content: Content, note: str
) -> None:
    SavedVersion.objects.create(
        item_id=item_id,
        number=number,
        author_id=principal.person_id,
        note=note,
        **_columns(content),
    )


def _check_roles(sharing: Sharing) -> None:
    if bool(sharing.roles) is not (sharing.visibility == SavedItem.Visibility.ROLE):
        message = _("Give roles with the visibility ROLE, and with it alone.")
        problem = {"path": "/sharing/roles", "code": "ROLES", "message": message, "hint": ""}
        raise AppError(ErrorCode.VALIDATION_ERROR, message, [problem])


def _roles_that_may_own(item: ItemRow) -> list[str]:
    if item.kind == SavedItem.Kind.QUERY:
        return [role.value for role in SEES_SQL]
    if item.visibility == SavedItem.Visibility.PRIVATE:
        return [role.value for role in Role]
    return [role.value for role in SHARERS]


def _audit(principal: Principal, action: str, item_id: int, **facts: Any) -> None:
    audit.record(action=action, target=f"saved:{item_id}", actor=principal, details=facts)
