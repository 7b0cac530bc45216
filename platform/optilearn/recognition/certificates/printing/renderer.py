"""One warm process that renders certificates, for all threads of this process in turn."""

from __future__ import annotations

import atexit
import json
import logging
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Final

from optilearn.recognition.certificates.printing.typst_process import read_frame, write_frame

SECONDS: Final = 20.0
"""For one certificate, a cold start included."""
_PROGRAM: Final = Path(__file__).with_name("typst_process.py")
_logger: Final = logging.getLogger(__name__)


class RenderError(Exception):
    """A certificate can't be rendered."""


class Renderer:
    """A process that is started when it is first needed, and again where it has ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def render(self, job: dict[str, Any]) -> bytes:
        """Return the PDF of a job.

        Raises ``RenderError`` where it can't be rendered, and where that takes too long.
        """
        frame = json.dumps(job).encode()
        with self._lock:
            process = self._running()
            timer = threading.Timer(SECONDS, process.kill)
            timer.start()
            try:
                status, content = self._ask(process, frame)
            except OSError as error:
                self._end()
                raise RenderError("The process that renders certificates has ended.") from error
            finally:
                timer.cancel()
        if status != 0:
            _logger.warning("A certificate can't be rendered: %s", content.decode(errors="replace"))
            raise RenderError(content.decode(errors="replace"))
        return content

    def close(self) -> None:
        """End the process; the next job starts another."""
        with self._lock:
            self._end()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(_PROGRAM)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        return self._process

    def _ask(self, process: subprocess.Popen[bytes], frame: bytes) -> tuple[int, bytes]:
        if process.stdin is None or process.stdout is None:  # never: both are pipes
            raise OSError
        write_frame(process.stdin, frame)
        status = process.stdout.read(1)
        content = read_frame(process.stdout) if status else None
        if content is None:
            raise OSError
        return status[0], content

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.communicate()


renderer: Final = Renderer()
"""The renderer of this process."""

atexit.register(renderer.close)
