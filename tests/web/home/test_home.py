"""The page that a person begins with: staff see numbers, learners where their courses are."""

from __future__ import annotations

from datetime import timedelta

from optilearn.analytics.health import data_health
from optilearn.analytics.models import Snapshot
from optilearn.core.tenancy.context import tenant_context
from tests.optilearn.analytics.saving import TO_ALL, saved
from tests.optilearn.more_snapshots import another, first
from tests.support.twins import Twin
from tests.web.library.browsing import Browser, words_of

Twins = tuple[Twin, Twin]
ONE_LESS = ("DELETE FROM enrollments WHERE id = (SELECT min(id) FROM enrollments)",)


def test_staff_see_what_is_pinned_and_the_state_of_the_data(twins: Twins) -> None:
    north, _ = twins
    browser = Browser(north, "asha")
    page = browser.text("/")
    assert "Star a report or dashboard to find it here." in page
    assert "Data as of" in page
    assert "Nothing is due." in page
    assert "None in the last two weeks." in page
    found = saved(north, "asha", name="By course", **TO_ALL)
    browser.post(f"/reports/{found['id']}/favorite", {"favorite": "1"})
    assert "By course" in browser.text("/")


def test_the_numbers_come_later_in_the_readers_scope(twins: Twins) -> None:
    north, _ = twins
    page = Browser(north, "asha").get("/").content.decode()
    assert 'hx-get="/run/home"' in page
    part = Browser(north, "asha").get("/run/home", **{"HX-Request": "1"})
    assert "Enrollments" in words_of(part)
    assert "From tomorrow on" in words_of(part)
    all_of_it, of_uma = (
        words_of(Browser(north, person).get("/run/home")) for person in ("asha", "uma")
    )
    assert all_of_it != of_uma


def test_what_changed_is_counted_against_the_day_before(twins: Twins) -> None:
    north, _ = twins
    another(north, "later", ONE_LESS)
    browser = Browser(north, "asha")
    assert "What changed since" in browser.text("/")
    page = words_of(browser.get("/run/home"))
    assert "less −1" in page
    assert "unchanged" in page


def test_failures_since_the_newest_snapshot_are_named(twins: Twins) -> None:
    north, south = twins
    another(north, "broken", later=timedelta(hours=2), status=Snapshot.Status.FAILED)
    assert "One refresh failed since." in Browser(north, "asha").text("/")
    assert "failed since" not in Browser(south, "asha").text("/")
    with tenant_context(north.id):
        assert data_health().snapshot_id == first(north).snapshot_id


def test_a_school_without_data_has_first_steps_and_no_zeros(twins: Twins) -> None:
    north, _ = twins
    with tenant_context(north.id):
        Snapshot.objects.update(status=Snapshot.Status.PRUNED)
    browser = Browser(north, "asha")
    page = browser.text("/")
    assert "First steps" in page
    assert "Your numbers are on their way" in page
    assert "/run/home" not in browser.get("/").content.decode()
    assert "There is nothing to count" in words_of(browser.get("/run/home"))


def test_learners_and_parents_are_told_where_their_courses_are(twins: Twins) -> None:
    north, _ = twins
    assert "Your courses" in Browser(north, "lena").text("/")
    assert "Your children's courses" in Browser(north, "pia").text("/")
    assert Browser(north, "lena").get("/run/home").status_code == 403
