"""``optilearn serve``: web processes on one port, each made anew if it ends."""

from __future__ import annotations

import argparse
import logging.config
import os
import resource
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import uvicorn
from django.conf import settings
from uvicorn.supervisors import Multiprocess

from optilearn.config import env

_GRACE_SECONDS: Final = 30
_IDLE_SECONDS: Final = 15
_LOOK_SECONDS: Final = 1.0


def serve(arguments: Sequence[str]) -> int:
    """Serve until a signal. 1 if the port is taken."""
    options = _parser().parse_args(arguments)
    logging.config.dictConfig(settings.LOGGING)
    _allow_many_files()
    config = uvicorn.Config(
        "optilearn.serving.worker:application",
        host=options.host,
        port=options.port,
        workers=options.workers,
        http="optilearn.serving.connections:Connection",
        ws="none",
        lifespan="off",
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=1024,
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        timeout_worker_healthcheck=30,
    )
    # Bound here, and without SO_REUSEPORT: a second server on a taken port is an error.
    listener = config.bind_socket()
    Multiprocess(config, sockets=[listener]).run()
    return 0


def end_with_parent() -> None:
    """Have this process end when the one that started it is gone, however that ended.

    It would hold the port, and answer with the code of before.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="parent").start()


def _allow_many_files() -> None:
    """A connection is a file: take what the system allows."""
    _, limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="optilearn serve", description="Serve the API.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=env.integer("PORT", 8000))
    parser.add_argument("--workers", type=int, default=2, help="web processes")
    return parser
