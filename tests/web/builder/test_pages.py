"""The pages of the builder: who opens them, and what they begin with."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from dashboards.templates import TEMPLATES
from optilearn import web
from optilearn.web.builder.texts import texts
from tests.optilearn.analytics.saving import TO_ALL, ask, report, saved
from tests.support.twins import Twin
from tests.web.builder.asking import BY_COURSE, client_of, page

Twins = tuple[Twin, Twin]


def embedded(html: str) -> Any:
    found = re.findall(r'<script id="builder-data" type="application/json">(.*?)</script>', html)
    return json.loads(found[0])


def test_a_new_report_starts_blank_of_an_entity_or_of_a_template(twins: Twins) -> None:
    blank = embedded(page(twins[0], "asha", "/reports/new"))
    assert (blank["item"], blank["definition"]["entity"]) == (None, "enrollments")
    assert len(blank["templates"]) == 6
    other = embedded(page(twins[0], "asha", "/reports/new?entity=submissions"))
    assert other["definition"]["entity"] == "submissions"
    odd = embedded(page(twins[0], "asha", "/reports/new?entity=nothing&template=nothing"))
    assert odd["definition"] == blank["definition"]
    key = blank["templates"][0]["key"]
    ready = embedded(page(twins[0], "asha", f"/reports/new?template={key}"))
    assert ready["item"]["name"] == blank["templates"][0]["title"]
    assert ready["definition"] == blank["templates"][0]["definition"]


def test_a_template_of_any_role_opens(twins: Twins) -> None:
    for person in ("asha", "tom"):
        key = next(key for key, one in TEMPLATES.items() if one.audiences == {"parent"})
        found = embedded(page(twins[0], person, f"/reports/new?template={key}"))
        assert found["definition"] == TEMPLATES[key].definition


def test_snapshots_are_named_to_those_who_may_know_them(twins: Twins) -> None:
    assert embedded(page(twins[0], "asha", "/reports/new"))["snapshots"]
    assert embedded(page(twins[0], "tom", "/reports/new"))["snapshots"] == []


def test_pages_without_htmx_do_not_load_it(twins: Twins) -> None:
    item = saved(twins[0], "asha", name="Light", **TO_ALL)["id"]
    for path in ("/reports/new", f"/reports/{item}", f"/reports/{item}/edit"):
        html = page(twins[0], "asha", path)
        assert "vendor/htmx" not in html
        assert not re.search(r"\shx-[a-z]+=", html)
    assert "vendor/htmx" in page(twins[0], "asha", "/reports/templates")


def test_reports_are_for_the_staff(twins: Twins) -> None:
    for person in ("lena", "pia"):
        page(twins[0], person, "/reports/new", 403)


def test_a_report_is_read_by_its_readers_and_edited_by_its_owner(twins: Twins) -> None:
    north, south = twins
    item = saved(north, "asha", name="<b>Mine</b>", readerFilters=["course.code"], **TO_ALL)["id"]
    mine = page(north, "asha", f"/reports/{item}")
    assert "&lt;b&gt;Mine&lt;/b&gt;" in mine
    assert f'href="/reports/{item}/edit"' in mine
    theirs = page(north, "tom", f"/reports/{item}")
    assert "/edit" not in theirs
    assert 'id="reader-filters"' in theirs
    assert embedded(theirs)["item"]["readerFilters"] == ["course.code"]
    page(north, "tom", f"/reports/{item}/edit", 403)
    for person in ("asha", "tom"):
        page(south, person, f"/reports/{item}", 404)
        page(south, person, f"/reports/{item}/edit", 404)


def test_an_editor_goes_on_with_the_draft_that_readers_do_not_see(twins: Twins) -> None:
    north, _ = twins
    item = saved(north, "asha", name="One", **TO_ALL)["id"]
    ask(north, "asha", "PUT", f"saved-reports/{item}", **report(name="Two"), basedOn=1)
    assert embedded(page(north, "asha", f"/reports/{item}/edit"))["item"]["name"] == "Two"
    assert "You have a newer draft" in page(north, "asha", f"/reports/{item}")
    assert "You have a newer draft" not in page(north, "tom", f"/reports/{item}")
    assert embedded(page(north, "tom", f"/reports/{item}"))["item"]["name"] == "One"


def test_a_draft_that_cannot_be_run_can_be_opened(twins: Twins) -> None:
    north, _ = twins
    item = saved(north, "asha", definition=BY_COURSE | {"measures": ["gone"]})["id"]
    assert embedded(page(north, "asha", f"/reports/{item}/edit"))["definition"]["measures"]
    page(north, "asha", f"/reports/{item}")


def test_the_policy_is_kept_and_scripts_have_their_texts(twins: Twins) -> None:
    response = client_of(twins[0], "asha").get("/reports/new")
    html = response.content.decode()
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert not re.search(r'\sstyle="|\son\w+="|<script>', html)
    found = re.findall(r'<script id="texts" type="application/json">(.*?)</script>', html)
    assert json.loads(found[0]) == texts()


def test_choices_say_what_goes_together(twins: Twins) -> None:
    client = client_of(twins[0], "asha", "application/json")
    found = client.get("/reports/choices/enrollments").json()["data"]
    paths = [one["path"] for one in found["paths"]]
    assert {"course.code", "student.attributes.house"} <= set(paths)
    seen = {key: {paths[n] for n in numbers} for key, numbers in found["sees"].items()}
    assert "course.code" in seen["submissions"]
    assert "outcome" in seen["enrollments"]
    assert "code" not in seen["courses"]
    assert found["measures"][0]["entity"] == "enrollments"
    assert client.get("/reports/choices/nothing").status_code == 404


def test_the_catalog_speaks_the_readers_language(twins: Twins) -> None:
    client = client_of(twins[0], "asha", "application/json", **{"Accept-Language": "hi"})
    found = client.get("/reports/choices/enrollments").json()["data"]
    by_path = {one["path"]: one["label"] for one in found["paths"]}
    assert by_path["course.code"] != "Course code"


def test_every_text_that_a_script_asks_for_is_there() -> None:

    folder = Path(web.__file__).parent / "static/web/builder"
    asked: set[str] = set()
    for path in folder.glob("*.js"):
        source = path.read_text(encoding="utf-8")
        asked |= set(re.findall(r'texts\("([\w.]+)"', source))
    known = set(texts())
    assert asked - known == set()
    plain = {key for key in known if "." not in key}
    used = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.js"))
    assert {key for key in plain if f'"{key}"' not in used} == set()
