"""Files: staff upload them, and read pictures, and what is their own."""

from __future__ import annotations

from typing import Any, Final

from optilearn.core import clock
from optilearn.files.models import File
from tests.support.permissions import ADMINS, EVERYBODY, STAFF, Rule
from tests.support.twins import Twin

KEY: Final = "lms/1/{category}/permission.png"


def file_of_tom(category: str, status: str) -> Any:
    def make(twin: Twin) -> None:
        File.objects.create(
            owner=twin.people["tom"],
            category=category,
            key=KEY.format(category=category),
            name="a.png",
            content_type="image/png",
            size_bytes=9,
            status=status,
            ready_at=clock.now() if status == "READY" else None,
        )

    return make


def that_file(_: Twin) -> dict[str, int]:
    return {"fileId": File.objects.latest("id").pk}


def picture(_: Twin) -> dict[str, Any]:
    return {"filename": "a.png", "contentType": "image/png", "category": "image", "size": 9}


RULES: Final = [
    Rule("POST", "/api/upload", STAFF, body=picture),
    Rule("GET", "/api/storage", EVERYBODY),
    Rule(
        "POST",
        "/api/files/{fileId}/complete",
        f"{ADMINS} tom",
        params=that_file,
        denied=404,
        ok=frozenset({409}),  # nothing has arrived, which is told after the door
        setup=file_of_tom("image", "PENDING"),
    ),
    Rule(
        "GET",
        "/api/files/{fileId}",
        f"{ADMINS} tom",
        params=that_file,
        denied=404,
        setup=file_of_tom("document", "READY"),
    ),
    Rule(
        "GET",
        "/api/files/{fileId}/url",
        EVERYBODY,
        params=that_file,
        setup=file_of_tom("image", "READY"),
    ),
]
