"""The MCP server: ``optilearn mcp`` over stdio, ``optilearn mcp --http`` over streamable HTTP.

Over stdio it has one caller, whose API token is in ``OPTILEARN_TOKEN``. Over HTTP each request
brings a token of its own, which is handed on: this server holds none, and no session.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from importlib.metadata import version
from typing import Any, Final

import uvicorn
from mcp.server import MCPServer
from mcp.server.transport_security import TransportSecuritySettings

from optilearn.analytics.assistants.client import Api
from optilearn.analytics.assistants.tools import Tools
from optilearn.config import env

_INSTRUCTIONS: Final = """\
Reports over a school's records. Search the catalog, validate a definition, run it, and explain it.
Every answer counts only what the caller may see, on one snapshot: name the snapshot's time with
the numbers, and pass on every warning. A cell that is null and listed in `suppressed` is hidden,
because it is about too few people: don't guess it. To keep a report, save a draft.
"""
_LOCAL: Final = ("127.0.0.1", "localhost", "[::1]")
Message = MutableMapping[str, Any]
App = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]


def mcp_server(api: Api) -> MCPServer:
    """The server with its tools, over an API."""
    return MCPServer(
        "optilearn",
        version=version("optilearn"),
        instructions=_INSTRUCTIONS,
        tools=Tools(api).all(),
    )


def main(arguments: list[str]) -> int:
    """Serve until the caller or the operator ends it."""
    parser = argparse.ArgumentParser(prog="optilearn mcp", description=__doc__)
    parser.add_argument("--http", action="store_true", help="serve over HTTP, not stdio")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=int, default=8765, help="the port to listen on")
    options = parser.parse_args(arguments)
    url = env.text("OPTILEARN_URL", "http://127.0.0.1:8000")
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    if options.http:
        hosts = [*_LOCAL, *env.items("ALLOWED_HOSTS")]
        app = http_app(Api(url), hosts)
        uvicorn.run(app, host=options.host, port=options.port, log_level="warning")
        return 0
    token = env.secret("OPTILEARN_TOKEN", "")
    if not token:
        sys.exit("Set OPTILEARN_TOKEN to an API token (POST /api/api-tokens makes one).")
    mcp_server(Api(url, token)).run("stdio")
    return 0


def http_app(api: Api, hosts: list[str]) -> App:
    """The server as an ASGI application that answers to ``hosts``, and to callers with a token."""
    names = [name for host in hosts for name in (host, f"{host}:*")]
    security = TransportSecuritySettings(allowed_hosts=names)
    app = mcp_server(api).streamable_http_app(
        stateless_http=True, json_response=True, transport_security=security
    )
    return _needs_token(app)


def _needs_token(app: App) -> App:
    """Refuse requests without a bearer token; whether it is good, the API says."""

    async def guarded(scope: Message, receive: Any, send: Any) -> None:
        found = dict(scope.get("headers") or ()).get(b"authorization", b"")
        if scope["type"] == "http" and not found.lower().startswith(b"bearer "):
            start = {"type": "http.response.start", "status": 401}
            await send(start | {"headers": [(b"www-authenticate", b"Bearer")]})
            await send({"type": "http.response.body", "body": b""})
            return
        await app(scope, receive, send)

    return guarded
