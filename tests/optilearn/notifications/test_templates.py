"""Institutions' own wordings: checked, versioned, shown, tried out."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from optilearn.institutions.selectors import institution_by_id
from optilearn.notifications.definitions import Channel
from optilearn.notifications.models import Delivery, MessageTemplate
from optilearn.notifications.registry import definition_of
from optilearn.notifications.rendering.reader import Reader
from optilearn.notifications.rendering.renderer import Renderer
from optilearn.notifications.rendering.validation import Problem, problems_of
from optilearn.notifications.templating import selectors, services
from optilearn.notifications.templating.schemas import TemplateQuery
from optilearn.notifications.templating.template_keys import TemplateKey, all_template_keys
from tests.optilearn.notifications.support import payload
from tests.support.client import call, token_of
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
BASE = "/api/notifications/templates"
GRADED = f"{BASE}/ASSESS_GRADED/EMAIL/en"
PLACE = TemplateKey.of("ASSESS_GRADED", "EMAIL", "en")
WORDS = {"title": "{{ assignmentTitle }}: {{ score }}", "body": "Dear {{ firstName }}, **well**"}


def ask(twin: Twin, method: str, path: str, body: Any = None, *, name: str = "asha") -> Any:
    status, envelope = call(method, path, token=token_of(twin, name), body=body)
    return status, envelope["data"] if envelope["error"] is None else envelope["error"]


def test_all_templates_there_are(twins: Twins, django_assert_num_queries: Any) -> None:
    north, south = twins
    with tenant_context(north.id):
        principal = north.principal("asha")
        services.save_template(principal=principal, template_key=PLACE, **WORDS)
        with django_assert_num_queries(1):
            rows, total = selectors.templates(principal, TemplateQuery(per_page=100))
    assert total == 32 * 3 * 2 + 2 == len(list(all_template_keys()))
    assert len(rows) == 100
    status, found = ask(north, "GET", f"{BASE}?own=true")
    assert status == 200
    assert found == [
        {"key": "ASSESS_GRADED", "channel": "EMAIL", "locale": "en", "label": "Graded",
         "category": "GRADES", "version": 1, "versions": 1}
    ]  # fmt: skip
    assert ask(south, "GET", f"{BASE}?own=true") == (200, [])
    status, found = ask(north, "GET", f"{BASE}?key=DIGEST")
    assert [row["channel"] for row in found] == ["EMAIL", "EMAIL"]
    assert ask(north, "GET", f"{BASE}?perPage=101")[0] == 400


def test_versions(twins: Twins, django_assert_num_queries: Any) -> None:
    north, _ = twins
    default = ask(north, "GET", GRADED)[1]
    assert default["version"] is None
    assert default["title"] == default["defaultTitle"]
    assert {"name": "score", "example": "41"} in default["names"]
    assert "formatDate" in default["filters"]

    first = ask(north, "PUT", GRADED, WORDS)[1]
    assert (first["version"], first["title"], first["body"]) == (1, *WORDS.values())
    assert ask(north, "PUT", GRADED, WORDS)[1]["version"] == 1
    second = ask(north, "PUT", GRADED, WORDS | {"title": "Two"}, name="hari")[1]
    assert second["version"] == 2
    assert [(v["version"], v["isActive"], v["createdBy"]) for v in second["history"]] == [
        (2, True, "Hari"),
        (1, False, "Asha"),
    ]
    back = ask(north, "POST", f"{GRADED}/activate", {"version": 1})[1]
    assert (back["version"], back["title"]) == (1, WORDS["title"])
    assert ask(north, "POST", f"{GRADED}/activate", {"version": 1})[0] == 200
    assert ask(north, "POST", f"{GRADED}/activate", {"version": 3})[0] == 404
    gone = ask(north, "DELETE", GRADED)[1]
    assert (gone["version"], gone["versions"]) == (None, 2)
    assert gone["title"] == default["title"]
    assert ask(north, "DELETE", GRADED)[0] == 200
    assert ask(north, "PUT", GRADED, WORDS)[1]["version"] == 3
    with tenant_context(north.id):
        with django_assert_num_queries(1):
            selectors.template(north.principal("asha"), PLACE)
        actions = AuditEntry.objects.filter(action__startswith="template.").order_by("id")
        assert list(actions.values_list("action", flat=True)) == [
            "template.save", "template.save", "template.activate", "template.activate",
            "template.restore_default", "template.save",
        ]  # fmt: skip
        assert set(actions.values_list("target", flat=True)) == {"ASSESS_GRADED/EMAIL/en"}


def test_what_is_saved_is_what_readers_get(twins: Twins) -> None:
    north, south = twins
    ask(north, "PUT", GRADED, WORDS)
    for twin, version in ((north, 1), (south, None)):
        with tenant_context(twin.id):
            renderer = Renderer(institution_by_id(twin.id))
            reader = Reader(1, "Lena", "en", ZoneInfo("UTC"))
            wording = renderer.render(
                "ASSESS_GRADED", Channel.EMAIL, payload("ASSESS_GRADED"), reader
            )
        assert wording.template_version == version
        assert (wording.title == "Essay 1: 41") == (version == 1)


@pytest.mark.parametrize(
    "path",
    [f"{BASE}/NO_SUCH/EMAIL/en", f"{BASE}/ASSESS_GRADED/FAX/en", f"{BASE}/ASSESS_GRADED/EMAIL/fr",
     f"{BASE}/ASSESS_GRADED/email/en", f"{BASE}/DIGEST/PUSH/en"],
)  # fmt: skip
def test_what_there_is_no_template_of(twins: Twins, path: str) -> None:
    for method, tail, body in (
        ("GET", "", None),
        ("PUT", "", WORDS),
        ("DELETE", "", None),
        ("POST", "/activate", {"version": 1}),
        ("POST", "/preview", {}),
        ("POST", "/validate", WORDS),
        ("POST", "/test", None),
    ):
        status, error = ask(twins[0], method, path + tail, body)
        assert (status, error["code"]) == (404, "NOT_FOUND"), (method, tail)


@pytest.mark.parametrize(
    ("title", "body", "problems"),
    [
        ("{{ scor }}", "ok\n{{ firstname }}", [("/title", 1, "unknown_variable", "score"),
                                                ("/body", 2, "unknown_variable", "firstName")]),
        ("{% if x", "fine", [("/title", 1, "syntax", "")]),
        ("t", "a\nb {{ score | }}\n", [("/body", 2, "syntax", "")]),
        ("t", "{% if score %}a{% endif %}\n{{ score }}\n{% if score %}\nb",
         [("/body", 3, "syntax", "")]),
        ("t", "a\n{% if score %}\n{{ url[ }}{% endif %}\n{{ score }}",
         [("/body", 3, "syntax", "")]),
        ("t", "a\n\n{% include 'x' %}", [("/body", 3, "syntax", "")]),
        ("t", "{{ score | date: '%d' }}", [("/body", 1, "unknown_filter", "formatDate")]),
        ("t", "{{ score | uppcase }}", [("/body", 1, "unknown_filter", "upcase")]),
        ("t", "{{ score | escape }}", [("/body", 1, "unknown_filter", "Leave it out")]),
        ("{{ '' }}", "t", [("/title", 1, "empty", "")]),
        ("t", "{{ score | divided_by: 0 }}", [("/body", 1, "fails", "")]),
        ("t", "{{ unsubscribeUrl }}", [("/body", 1, "unknown_variable", "")]),
        ("t", "{{ score.part }}", [("/body", 1, "unknown_variable", "size")]),
        ("t", "{% for x in (1..3) %}{{ x.any }}{{ forloop.indexx }}{% endfor %}",
         [("/body", 1, "unknown_variable", "index")]),
        ("t", "{{ later }}{% assign later = 1 %}{{ later }}",
         [("/body", 1, "unknown_variable", "")]),
    ],
)  # fmt: skip
def test_mistakes_are_named(
    twins: Twins, title: str, body: str, problems: list[tuple[str, int, str, str]]
) -> None:
    words = {"title": title, "body": body}
    status, validation = ask(twins[0], "POST", f"{GRADED}/validate", words)
    assert status == 200
    assert not validation["valid"]
    found = validation["problems"]
    assert [(p["path"], p["line"], p["code"]) for p in found] == [p[:3] for p in problems]
    for problem, (*_where, hint) in zip(found, problems, strict=True):
        assert problem["message"]
        assert hint in problem["hint"]
    status, error = ask(twins[0], "PUT", GRADED, words)
    assert (status, error["code"], error["details"]) == (400, "VALIDATION_ERROR", found)
    with tenant_context(twins[0].id):
        assert not MessageTemplate.objects.exists()


def test_parts_of_lists_are_known() -> None:
    definition = definition_of("PARENT_WEEKLY_DIGEST")
    body = (
        "{% for child in children %}{{ child.childName }}{{ child.gradez }}\n"
        "{% for g in child.grades %}{{ g.score }}{{ g.scor }}{{ forloop.first }}{% endfor %}"
        "{{ child.courses[0].progressPct }}{{ child.courses.size }}{{ child.courses[0].pct }}"
        "{% endfor %}{{ child }}{% assign all = children %}{{ all[0].nam }}"
        "{% capture c %}{{ weekOf }}{% endcapture %}{{ c }}{% if weekOff %}x{% endif %}"
        "{% case zone %}{% when 1 %}y{% endcase %}{{ children | map: 'childName' | join: name }}"
    )
    found = [problem.message.split()[0] for problem in problems_of(definition, "t", body)]
    assert found == [
        "child.gradez", "g.scor", "child.courses.0.pct", "child", "all.0.nam", "weekOff", "zone",
        "name",
    ]  # fmt: skip
    assert Problem("body", 1, "x", "y") == Problem("body", 1, "x", "y")


def test_a_preview(twins: Twins, django_assert_num_queries: Any) -> None:
    north, _ = twins
    status, shown = ask(north, "POST", f"{GRADED}/preview", {})
    assert status == 200
    assert shown["title"] == "Essay 1 was graded"
    assert "Hello Asha," in shown["text"]
    assert "41 of 50" in shown["html"]
    assert shown["version"] is None
    shown = ask(north, "POST", f"{GRADED}/preview", WORDS | {"data": {"score": "<9>"}})[1]
    assert shown["title"] == "Essay 1: <9>"
    assert "Dear Asha, <strong>well</strong>" in shown["html"]
    ask(north, "PUT", GRADED, WORDS)
    shown = ask(north, "POST", f"{GRADED}/preview", {"title": "Only the title"})[1]
    assert shown["title"] == "Only the title"
    assert "Dear Asha, well" in shown["text"]
    assert ask(north, "POST", f"{GRADED}/preview", {})[1]["version"] == 1
    hindi = GRADED.replace("/en", "/hi").replace("EMAIL", "PUSH")
    assert "अंक" in ask(north, "POST", f"{hindi}/preview", {})[1]["title"]
    with tenant_context(north.id), django_assert_num_queries(2):
        selectors.preview(north.principal("asha"), PLACE, title=None, body=None, data={})


def test_a_preview_that_fails_says_why(twins: Twins) -> None:
    status, error = ask(twins[0], "POST", f"{GRADED}/preview", {"title": "{{ a"})
    assert (status, error["code"]) == (400, "VALIDATION_ERROR")
    assert error["details"][0]["path"] == "/title"
    odd = {"data": {"score": {"a": [1]}, "courseId": None, "firstName": 3, "url": []}}
    assert ask(twins[0], "POST", f"{GRADED}/preview", odd)[0] == 200


def test_a_test_goes_to_oneself(twins: Twins) -> None:
    north, _ = twins
    status, sent = ask(north, "POST", f"{GRADED}/test")
    assert status == 202
    with tenant_context(north.id):
        row = Delivery.objects.get(pk=sent["deliveryId"])
        assert (row.person_id, row.key, row.channel) == (
            north.people["asha"].pk, "ASSESS_GRADED", "EMAIL",
        )  # fmt: skip
        assert Delivery.objects.count() == 1


def test_only_administrators(twins: Twins) -> None:
    north, _ = twins
    with tenant_context(north.id):
        for name in ("tom", "lena", "pia", "anil"):
            principal = north.principal(name)
            for write in (
                lambda p: services.save_template(principal=p, template_key=PLACE, **WORDS),
                lambda p: services.activate_template(principal=p, template_key=PLACE, version=1),
                lambda p: services.restore_default(principal=p, template_key=PLACE),
                lambda p: services.test_template(principal=p, template_key=PLACE),
                lambda p: selectors.template(p, PLACE),
                lambda p: selectors.validation(p, PLACE, "a", "b"),
            ):
                with pytest.raises(AppError) as caught:
                    write(principal)
                assert caught.value.code is ErrorCode.FORBIDDEN
        assert not MessageTemplate.objects.exists()
