"""Messages between people for tests."""

from __future__ import annotations

from typing import Any, Final

from tests.support.community import School

RECEIVED: Final = "MESSAGE_RECEIVED"


def ids(school: School, *names: str) -> list[int]:
    """The people's ids."""
    return [school.twin.people[name].pk for name in names]


def opened(school: School, name: str, *others: str, **wanted: Any) -> int:
    """Open a conversation; its id."""
    body = {"memberIds": ids(school, *others)} | wanted
    return int(school.done(name, "POST", "conversations", **body)["id"])


def refused_to_open(school: School, name: str, *others: str) -> tuple[int, str]:
    """The status and the place, or the code, of a refusal to open a conversation."""
    return school.refused(name, "POST", "conversations", memberIds=ids(school, *others))


def write(school: School, name: str, conversation: int, text: str = "Hm", **wanted: Any) -> Any:
    """Write a message; the message."""
    path = f"conversations/{conversation}/messages"
    return school.done(name, "POST", path, text=text, **wanted)


def refused_to_write(
    school: School, name: str, conversation: int, text: str = "Hm"
) -> tuple[int, str]:
    """The status and the code, or the place, of a refusal to write."""
    return school.refused(name, "POST", f"conversations/{conversation}/messages", text=text)


def seen(school: School, name: str, conversation: int, query: str = "") -> list[Any]:
    """The messages that somebody sees, the newest first."""
    path = f"conversations/{conversation}/messages{query}"
    found: list[Any] = school.done(name, "GET", path)["messages"]
    return found


def of(school: School, name: str, conversation: int) -> Any:
    """The conversation as somebody sees it."""
    return school.done(name, "GET", f"conversations/{conversation}")


def read(school: School, name: str, conversation: int, number: int) -> Any:
    """Report a read position; the conversation."""
    return school.done(name, "PUT", f"conversations/{conversation}/read", number=number)


def set_rule(school: School, writer: str, reader: str, reach: str) -> int:
    """Change one of the school's rules; the new version."""
    version = school.done("asha", "GET", "messaging-rules")["version"]
    pair = {"from": writer, "to": reader, "reach": reach}
    changed = school.done("asha", "PUT", "messaging-rules", version=version, pairs=[pair])
    return int(changed["version"])
