"""The MCP server, by its package's own client, before a real server: stdio and HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from tests.support.database import ROOT
from tests.support.live import LiveSchool, live_twins
from tests.support.server import free_port

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker

pytestmark = pytest.mark.slow
BY_COURSE: dict[str, Any] = {
    "version": 1,
    "entity": "enrollments",
    "mode": "categorical",
    "dimensions": ["course.code"],
    "measures": ["enrollments.count"],
}
LISTING: dict[str, Any] = {
    "version": 1,
    "entity": "submissions",
    "mode": "rows",
    "columns": ["id", "student.name"],
}
TOOLS = {
    *("search_catalog", "validate_report", "explain_report", "run_report", "drill_report"),
    *("report_schema", "list_saved_reports", "run_saved_report", "save_draft"),
}
Work = Callable[[Client], Awaitable[Any]]


@dataclass
class Place:
    """How to reach the tools as somebody."""

    schools: tuple[LiveSchool, LiveSchool]
    http_url: str

    @property
    def north(self) -> LiveSchool:
        return self.schools[0]

    def over(self, way: str, token: str, work: Work) -> Any:
        """Do the work with a client of the package's, over ``stdio`` or ``http``."""

        async def run() -> Any:
            with anyio.fail_after(120):
                opened = self._stdio(token) if way == "stdio" else self._http(token)
                async with opened as client:
                    return await work(client)

        return anyio.run(run)

    @asynccontextmanager
    async def _stdio(self, token: str) -> AsyncIterator[Client]:
        program = StdioServerParameters(
            command=sys.executable,
            args=["-m", "optilearn", "mcp"],
            env=dict(os.environ)
            | {"PYTHONPATH": paths(), "OPTILEARN_URL": self.north.url, "OPTILEARN_TOKEN": token},
        )
        async with Client(stdio_client(program)) as client:
            yield client

    @asynccontextmanager
    async def _http(self, token: str) -> AsyncIterator[Client]:
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=90) as http,
            Client(streamable_http_client(self.http_url, http_client=http)) as client,
        ):
            yield client


def paths() -> str:
    return os.pathsep.join([str(ROOT), str(ROOT / "platform")])


@contextmanager
def serving_tools(url: str) -> Iterator[str]:
    """The address of ``optilearn mcp --http`` before a server, until the block ends."""
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "optilearn", "mcp", "--http", "--port", str(port)],
        env=dict(os.environ) | {"PYTHONPATH": paths(), "OPTILEARN_URL": url},
    )
    address = f"http://127.0.0.1:{port}/mcp"
    try:
        for _ in range(300):
            assert server.poll() is None
            try:
                httpx.get(address, timeout=20)
            except httpx.TransportError:
                time.sleep(0.1)
            else:
                break
        yield address
    finally:
        server.terminate()
        server.wait(60)


@pytest.fixture(scope="module")
def place(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Place]:
    home = tmp_path_factory.mktemp("home")
    with (
        live_twins(django_db_blocker, home, "assistants") as schools,
        serving_tools(schools[0].url) as address,
    ):
        yield Place(schools, address)


async def called(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return dict(result.structured_content)


async def refusal(client: Client, tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return "".join(str(getattr(part, "text", "")) for part in result.content)


@pytest.mark.parametrize("way", ["stdio", "http"])
def test_a_question_goes_from_the_catalog_to_a_draft(place: Place, way: str) -> None:
    async def work(client: Client) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert tools.keys() == TOOLS
        assert all(tool.description for tool in tools.values())
        assert tools["run_report"].annotations.read_only_hint  # type: ignore[union-attr]
        assert not tools["save_draft"].annotations.read_only_hint  # type: ignore[union-attr]
        found = await called(client, "search_catalog", query="completion rate")
        names = {entry["name"] for entry in found["found"]}
        assert "enrollments.completionRate" in names
        valid = await called(client, "validate_report", definition=BY_COURSE)
        explained = await called(client, "explain_report", definition=BY_COURSE)
        assert explained["words"]
        result = await called(client, "run_report", definition=BY_COURSE)
        assert result["rows"] == [["MATH", 2]]
        assert result["meta"]["definitionDigest"] == valid["digest"]
        assert result["meta"]["snapshot"]["id"]
        assert result["meta"]["warnings"] == []
        cell = {"measure": "enrollments.count", "row": ["MATH"]}
        drilled = await called(client, "drill_report", definition=BY_COURSE, **cell)
        assert len(drilled["rows"]) == 2
        saved = await called(client, "save_draft", name=f"By {way}", definition=BY_COURSE)
        assert (saved["visibility"], saved["publishedVersion"]) == ("PRIVATE", None)
        listed = await called(client, "list_saved_reports", query=f"By {way}")
        assert [report["id"] for report in listed["reports"]] == [saved["id"]]
        again = await called(client, "run_saved_report", report_id=saved["id"])
        assert again["rows"] == result["rows"]

    place.over(way, place.north.token("asha"), work)


def test_rows_are_cut_with_a_word(place: Place) -> None:
    async def work(client: Client) -> dict[str, Any]:
        return await called(client, "run_report", definition=LISTING, rows=1)

    found = place.over("http", place.north.token("asha"), work)
    assert (len(found["rows"]), found["rowsShown"], found["meta"]["rowCount"]) == (1, 1, 2)


def test_dimensions_that_fit_are_found(place: Place) -> None:
    async def work(client: Client) -> dict[str, Any]:
        return await called(
            client, "search_catalog", entity="enrollments", measures=["enrollments.count"]
        )

    found = place.over("http", place.north.token("asha"), work)
    assert "course.code" in {one["path"] for one in found["fits"]["dimensions"]}
    assert {one["kind"] for one in found["found"]} == {"entity", "field", "metric"}


def test_everybody_has_their_own_scope(place: Place) -> None:
    """Over HTTP the callers of one server are told apart by their tokens, request by request."""

    async def work(client: Client) -> list[Any]:
        found = await called(client, "run_report", definition=LISTING)
        return [row[1] for row in found["rows"]]

    north, south = place.schools
    assert place.over("http", north.token("asha"), work) == ["Lena", "मीरा".title()]
    assert place.over("http", north.token("lena"), work) == ["Lena"]
    assert place.over("http", north.token("uma"), work) == []

    async def ids(client: Client) -> set[int]:
        found = await called(client, "run_report", definition=LISTING)
        return {row[0] for row in found["rows"]}

    ours, theirs = (place.over("http", s.token("asha"), ids) for s in (north, south))
    assert not ours & theirs


def test_what_is_wrong_is_told_with_its_place(place: Place) -> None:
    async def work(client: Client) -> list[str]:
        wrong = BY_COURSE | {"dimensions": ["cod"]}
        return [
            await refusal(client, "run_report", definition=wrong),
            await refusal(client, "run_saved_report", report_id=0),
            await refusal(client, "run_report", definition=BY_COURSE, rows=100_000),
        ]

    invalid, absent, too_many = place.over("http", place.north.token("asha"), work)
    assert "REPORT_INVALID" in invalid
    assert "/dimensions/0" in invalid
    assert "NOT_FOUND" in absent
    assert "rows" in too_many


def test_a_bad_token_gets_nothing(place: Place) -> None:
    async def work(client: Client) -> str:
        return await refusal(client, "run_report", definition=BY_COURSE)

    for way in ("stdio", "http"):
        assert "AUTH_REQUIRED" in place.over(way, "optl_wrong", work)
    assert httpx.post(place.http_url, json={}, timeout=60).status_code == 401


def test_a_foreign_host_is_refused(place: Place) -> None:
    """A page that has its own name point here reaches nothing."""
    answer = httpx.post(
        place.http_url,
        json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
        headers={"Authorization": "Bearer x", "Host": "evil.example.org"},
        timeout=60,
    )
    assert answer.status_code == 421


def test_the_api_s_limits_and_audit_hold(place: Place) -> None:
    made = httpx.post(
        f"{place.north.url}/api/v1/api-tokens",
        json={"name": "Reader", "scopes": ["courses:read"]},
        headers={"Authorization": f"Bearer {place.north.token('asha')}"},
        timeout=60,
    )

    async def work(client: Client) -> str:
        return await refusal(client, "run_report", definition=BY_COURSE)

    assert "analytics:write" in place.over("stdio", made.json()["data"]["token"], work)

    async def run(client: Client) -> None:
        await called(client, "run_report", definition=BY_COURSE)

    place.over("http", place.north.token("anil"), run)
    with tenant_context(place.north.twin.id):
        entry = AuditEntry.objects.filter(action="report.run").latest("id")
    assert entry.actor_id == place.north.twin.people["anil"].pk


def test_the_schema_of_definitions_is_told(place: Place) -> None:
    async def work(client: Client) -> dict[str, Any]:
        return await called(client, "report_schema")

    assert "dimensions" in str(place.over("stdio", place.north.token("asha"), work))


def test_without_a_token_it_says_what_to_do() -> None:
    environment = {k: v for k, v in os.environ.items() if k != "OPTILEARN_TOKEN"}
    done = subprocess.run(
        [sys.executable, "-m", "optilearn", "mcp"],
        env=environment | {"PYTHONPATH": paths()},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "OPTILEARN_TOKEN" in done.stderr
