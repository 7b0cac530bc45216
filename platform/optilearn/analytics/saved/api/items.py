"""Operations on saved items of any kind."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.analytics.saved import impact, listing, selectors, services, uses, versions
from optilearn.analytics.saved.schemas.items import (
    BrokenOut,
    DiffQuery,
    DuplicateIn,
    ImpactOut,
    ImpactQuery,
    ItemRowOut,
    OwnerIn,
    PublishIn,
    RestoreIn,
    SharingIn,
    UseOut,
    VersionDiffOut,
    VersionOut,
    VersionRow,
)
from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Done, Envelope, answer, refusals
from optilearn.core.http.pages import PageQuery, answer_page

router = Router(tags=["Saved items"], by_alias=True)
DONE = {"done": True}


def row_of(request: HttpRequest, item_id: int, *, status: int = 200) -> HttpResponse:
    """The item as it is now, without its content."""
    principal = principal_of(request)
    detail = selectors.item_detail(principal, item_id)
    return answer({name: detail[name] for name in selectors.ROW_KEYS}, status=status)


@router.get(
    "/saved-items/broken",
    response={200: Envelope[list[BrokenOut]], **refusals(503)},
    operation_id="listBrokenItems",
)
def broken(request: HttpRequest) -> HttpResponse:
    """Every item of the caller's reach that the newest catalog refuses, with the reasons.

    A field, metric or attribute that was withdrawn breaks what uses it; it is never answered
    with other numbers.
    """
    return answer(listing.broken_items(principal_of(request)))


@router.get(
    "/impact",
    response={200: Envelope[ImpactOut], **refusals(400, 503)},
    operation_id="getImpact",
)
def impact_list(request: HttpRequest, query: Query[ImpactQuery]) -> HttpResponse:
    """List what stops to work when a field, metric or attribute is withdrawn."""
    return answer(impact.impact_of(principal_of(request), query.path))


@router.delete(
    "/saved-items/{int:itemId}",
    response={200: Envelope[Done], **refusals(404, 409)},
    operation_id="deleteSavedItem",
)
def delete(request: HttpRequest, itemId: int) -> HttpResponse:
    """Delete an item with its versions: its owner, or an administrator where the owner is gone.

    409 with the list of what uses it, if something does.
    """
    services.delete_item(principal=principal_of(request), item_id=itemId)
    return answer(DONE)


@router.post(
    "/saved-items/{int:itemId}/duplicate",
    response={201: Envelope[ItemRowOut], **refusals(400, 404, 409)},
    operation_id="duplicateSavedItem",
)
def duplicate(request: HttpRequest, itemId: int, chosen: DuplicateIn) -> HttpResponse:
    """Copy an item into a private draft of the caller's own."""
    new = services.duplicate_item(principal=principal_of(request), item_id=itemId, name=chosen.name)
    return row_of(request, new, status=201)


@router.put(
    "/saved-items/{int:itemId}/favorite",
    response={200: Envelope[Done], **refusals(404, 409)},
    operation_id="addFavorite",
)
def favorite(request: HttpRequest, itemId: int) -> HttpResponse:
    """Keep an item at hand. Repeating it changes nothing."""
    services.set_favorite(principal=principal_of(request), item_id=itemId, is_favorite=True)
    return answer(DONE)


@router.delete(
    "/saved-items/{int:itemId}/favorite",
    response={200: Envelope[Done], **refusals(404)},
    operation_id="removeFavorite",
)
def unfavorite(request: HttpRequest, itemId: int) -> HttpResponse:
    """Keep an item at hand no longer. Repeating it changes nothing."""
    services.set_favorite(principal=principal_of(request), item_id=itemId, is_favorite=False)
    return answer(DONE)


@router.put(
    "/saved-items/{int:itemId}/sharing",
    response={200: Envelope[ItemRowOut], **refusals(400, 404)},
    operation_id="shareSavedItem",
)
def share(request: HttpRequest, itemId: int, sharing: SharingIn) -> HttpResponse:
    """Choose who may read what is published. It counts what its reader may see, never more."""
    services.share_item(
        principal=principal_of(request), item_id=itemId, sharing=sharing_of(sharing)
    )
    return row_of(request, itemId)


@router.post(
    "/saved-items/{int:itemId}/owner",
    response={200: Envelope[Done], **refusals(400, 404)},
    operation_id="handOverSavedItem",
)
def hand_over(request: HttpRequest, itemId: int, owner: OwnerIn) -> HttpResponse:
    """Give an item to another person: its owner, or an administrator.

    `GET …?orphaned=true` lists those whose owner was deactivated or erased.
    """
    services.hand_over(principal=principal_of(request), item_id=itemId, person_id=owner.person_id)
    return answer(DONE)


@router.get(
    "/saved-items/{int:itemId}/uses",
    response={200: Envelope[list[UseOut]], **refusals(404)},
    operation_id="listSavedItemUses",
)
def item_uses(request: HttpRequest, itemId: int) -> HttpResponse:
    """The dashboards, schedules and alerts that use an item, for who may edit it."""
    principal = principal_of(request)
    item = selectors.editable_item(principal, itemId)
    return answer([use.to_wire() for use in uses.uses_of(item.id, principal)])


@router.get(
    "/saved-items/{int:itemId}/versions",
    response={200: Envelope[list[VersionRow]], **refusals(400, 404)},
    operation_id="listVersions",
)
def item_versions(request: HttpRequest, itemId: int, query: Query[PageQuery]) -> HttpResponse:
    """The saves of an item, the newest first, for who may edit it."""
    rows, total = versions.versions_list(principal_of(request), itemId, query)
    return answer_page(rows, total=total, query=query)


@router.get(
    "/saved-items/{int:itemId}/versions/{int:number}",
    response={200: Envelope[VersionOut], **refusals(404)},
    operation_id="getVersion",
)
def version(request: HttpRequest, itemId: int, number: int) -> HttpResponse:
    """A version with its content, for who may edit the item."""
    return answer(versions.version_detail(principal_of(request), itemId, number))


@router.get(
    "/saved-items/{int:itemId}/diff",
    response={200: Envelope[VersionDiffOut], **refusals(400, 404)},
    operation_id="diffVersions",
)
def diff(request: HttpRequest, itemId: int, pair: Query[DiffQuery]) -> HttpResponse:
    """The differences between two versions in words, in the reader's language."""
    found = versions.version_diff(principal_of(request), itemId, pair.before, pair.after)
    return answer(found)


@router.post(
    "/saved-items/{int:itemId}/restore",
    response={200: Envelope[ItemRowOut], **refusals(400, 404, 409)},
    operation_id="restoreVersion",
)
def restore(request: HttpRequest, itemId: int, chosen: RestoreIn) -> HttpResponse:
    """Make an earlier version the newest draft again; none is lost."""
    services.restore_version(
        principal=principal_of(request),
        item_id=itemId,
        version=chosen.version,
        based_on=chosen.based_on,
    )
    return row_of(request, itemId)


@router.post(
    "/saved-items/{int:itemId}/publish",
    response={200: Envelope[ItemRowOut], **refusals(400, 404, 409, 422)},
    operation_id="publishSavedItem",
)
def publish(request: HttpRequest, itemId: int, chosen: PublishIn) -> HttpResponse:
    """Let readers see the newest version. 422 with every problem unless it can be run."""
    services.publish_item(principal=principal_of(request), item_id=itemId, version=chosen.version)
    return row_of(request, itemId)


def sharing_of(sharing: SharingIn) -> services.Sharing:
    """The choice as the services take it."""
    return services.Sharing(sharing.visibility, [role.value for role in sharing.roles])
