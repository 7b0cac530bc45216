"""A field of a course, module or lesson is copied with it, or says here why not."""

from __future__ import annotations

import ast
from pathlib import Path
from types import ModuleType

import pytest

from optilearn.courses import models
from optilearn.courses.services import copying

NOT_COPIED = {
    "Course": {
        "id": "its own",
        "institution": "set by the tenant's context",
        "status": "a copy is a DRAFT",
        "published_at": "not published yet",
        "archived_at": "not archived",
        "enrolled_count": "nobody is enrolled",
        "rating_count": "nobody has rated it",
        "rating_total": "nobody has rated it",
        "search": "a trigger writes it",
        "created_at": "its own",
    },
    "Module": {"id": "its own", "institution": "set by the tenant's context"},
    "Lesson": {
        "id": "its own",
        "institution": "set by the tenant's context",
        "archived_at": "archived lessons aren't copied",
    },
}


def given(module: ModuleType, name: str) -> set[str]:
    """Return the fields that the copy of a model is made with."""
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    return {
        str(keyword.arg).removesuffix("_id")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[0] == name
        for keyword in node.keywords
    }


@pytest.mark.parametrize("name", NOT_COPIED)
def test_every_field_is_copied_or_has_a_reason(name: str) -> None:
    fields = {field.name for field in getattr(models, name)._meta.concrete_fields}
    copied = given(copying, name)
    assert copied, "the copy is made otherwise now"
    missing = fields - copied - NOT_COPIED[name].keys()
    assert not missing, f"courses/services/copying.py forgets {sorted(missing)} of a {name}."
