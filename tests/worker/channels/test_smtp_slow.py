"""A server that answers each step just in time, and so would take longer than a lease."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.worker.channels.mails import mail
from worker.channels.email.smtp import Smtp
from worker.channels.outcomes import Later

TIMEOUT = 0.5
DELAY = 0.35


class SlowServer:
    """Says yes to every line, each time after a while."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"smtp://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        try:
            while True:
                connection, _ = self._socket.accept()
                with connection, connection.makefile("rb") as lines:
                    connection.sendall(b"220 slow\r\n")
                    for line in lines:
                        self.lines.append(line)
                        time.sleep(DELAY)
                        is_data = line.upper().startswith(b"DATA")
                        connection.sendall(b"354 go\r\n" if is_data else b"250 yes\r\n")
        except OSError:
            return

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def slow() -> Iterator[SlowServer]:
    server = SlowServer()
    yield server
    server.close()


def test_it_is_not_given_the_message(slow: SlowServer) -> None:
    sender = Smtp(slow.url, TIMEOUT)
    outcome = sender.send(mail())
    sender.close()
    assert isinstance(outcome, Later)
    assert (outcome.reason, outcome.maybe_accepted) == ("unreachable", False)
    assert any(line.startswith(b"MAIL") for line in slow.lines)
    assert not any(line.startswith(b"Subject") for line in slow.lines)
