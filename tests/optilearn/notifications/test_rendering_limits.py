"""What a template may take of a worker, whatever an institution's administrator wrote."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from optilearn.notifications.registry import REGISTRY
from optilearn.notifications.rendering.engine import rendered
from optilearn.notifications.rendering.errors import BrokenTemplateError
from optilearn.notifications.rendering.limits import MAX_SIZE, size_of
from optilearn.notifications.rendering.validation import Problem, problems_of

LONG = "{% capture s %}" + "a" * 15_000 + "{% endcapture %}"
DOUBLED = "{% assign l = s | append: s | append: s | split: '|' %}"
MANY = DOUBLED + "{% for i in (1..13) %}{% assign l = l | concat: l %}{% endfor %}"
"""Eight thousand times the same 45,000 letters: a short list, until it is written out."""


def render(source: str) -> str:
    return rendered(source, {}, zone=ZoneInfo("UTC"), locale="en").plain()


@pytest.mark.parametrize(
    "source",
    [
        "{% for i in (1..100000000000) reversed %}{{ i }}{% break %}{% endfor %}",
        "{% for i in (1..100000000000) offset: 99999999999 %}{{ i }}{% endfor %}",
        "{% for i in (1..100000000000) limit: 1 %}{{ i }}{% endfor %}",
        "{% for i in (1..100000000000000000000000) %}{{ i }}{% endfor %}",
        "{% assign r = (1..100000000000) %}",
        LONG + MANY + "{{ l | join: '' | size }}",
        LONG + MANY + "{{ l }}",
        LONG + MANY + "{% assign z = l | append: '' %}",
        LONG + MANY + "{% assign z = l | split: '' | size %}",
        LONG + MANY + "{% if l contains s %}x{% endif %}",
    ],
)
def test_templates_that_would_use_all_memory_are_refused(source: str) -> None:
    with pytest.raises(BrokenTemplateError, match=r"too long|too much|limit"):
        render(source)


@pytest.mark.slow
@pytest.mark.parametrize(
    "work",
    [
        "{% assign x = s | split: '' | sort | reverse | join: '' %}",
        "{{ s | split: '' | uniq | size }}",
        "{% assign y = s %}",
        "{% if s == 'a' %}{% endif %}{{ s | upcase | size }}",
        "{% if s contains 'ab' %}{% endif %}" * 20,
        "{% if i %}{% endif %}" * 300,
        "{% for j in (1..99999) offset: 99998 %}{% endfor %}",
        "{% for j in (1..99999) limit: 1 %}{% endfor %}",
    ],
)
def test_templates_that_would_run_for_hours_are_refused(work: str) -> None:
    with pytest.raises(BrokenTemplateError, match="too much"):
        render(LONG + "{% for i in (1..2000) %}" + work + "{% endfor %}")


def test_rounds_of_all_loops_count_together() -> None:
    loop = "{% for i in (1..1000) %}{% endfor %}"
    assert render(loop * 3) == ""
    with pytest.raises(BrokenTemplateError, match="limit"):
        render(loop * 4)
    with pytest.raises(BrokenTemplateError, match="limit"):
        render("{% for i in (1..60) %}{% for j in (1..60) %}{% endfor %}{% endfor %}")


@pytest.mark.parametrize(
    "source",
    ["{{" * 9_990, "{{ x }}\n{{" + " " * 19_000, "{{" + " " * 9_000 + "}}", "{%a" * 6_000,
     "{{ " + "x[" * 5_000 + "1" + "]" * 5_000 + " }}"],
)  # fmt: skip
def test_markup_without_an_end_is_named_with_its_line(source: str) -> None:
    found = problems_of(REGISTRY["ENROLL_WELCOME"], "t", "fine\n" + source)
    assert [(p.part, p.line, p.code) for p in found] == [
        ("body", 2 + source.startswith("{{ x }}"), "syntax")
    ]
    assert isinstance(found[0], Problem)
    assert "missing, or far away" in found[0].message


def test_what_messages_need_is_allowed() -> None:
    assert len(render("{% for i in (1..2500) %}{{ i }}, {% endfor %}")) > 10_000
    assert render("{% assign l = 'c,a,b' | split: ',' | sort %}{{ l }}{{ l | join: '-' }}") == (
        "abca-b-c"
    )
    assert render("{% for i in (1..9) reversed offset: 6 limit: 2 %}{{ i }}{% endfor %}") == "87"
    assert len(render("{{ s }}" + LONG + "{{ s | upcase | truncate: 12000 }}")) == 12_000


@pytest.mark.parametrize(
    ("value", "size"),
    [("abc", 4), (None, 1), (["ab", "c"], 8), ({"a": ["b"]}, 6), (10**30, 34), (range(5), 6)],
)
def test_sizes(value: object, size: int) -> None:
    assert size_of(value) == size


def test_a_size_is_not_counted_further_than_it_matters() -> None:
    part = ["x" * 1_000] * 1_000
    assert MAX_SIZE < size_of([part] * 50_000) < 2 * MAX_SIZE
    assert size_of(range(10**30)) > MAX_SIZE
