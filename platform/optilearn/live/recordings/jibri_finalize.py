#!/usr/bin/env python3
"""Bring what a Jibri has recorded to OptiLearn (docs/live-classes.md#recordings).

Jibri runs its ``finalize-script`` with one argument, the folder of a recording, waits until it and
whatever holds its output have ended, and takes no other job before that. So this program detaches
itself at once. The copy that goes on announces the file, gets a signed address, sends the file and
reports it, each again with growing pauses until it works. The folder stays until OptiLearn has
confirmed the file; a note in it lets a repeated run go on where the last one ended.

It stands alone: Python 3.9 or newer on a Jibri's own machine, and nothing of OptiLearn's. Its
settings lie beside it, under its own name with ``.json``::

    {"url": "https://learn.example.org", "secretFile": "/etc/jitsi/jibri/optilearn.secret"}

    jibri_finalize.py FOLDER           as Jibri runs it
    jibri_finalize.py --all FOLDER     go on with all recordings in a folder, e.g. after a restart
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import hmac
import http
import http.client
import json
import os
import shutil
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from secrets import SystemRandom
from typing import Any
from urllib.parse import urlsplit

ENDPOINT = "/api/webhooks/jitsi-recording"
NOTE = ".optilearn.json"
LOCK = ".optilearn.lock"
BLOCK = 1024 * 1024
"""Bytes of the file that are in memory."""
ANSWER_BYTES = 64 * 1024
TIMEOUT = 60.0
"""Seconds for each wait for the network."""
FIRST_PAUSE = 5.0
LONGEST_PAUSE = 600.0
GIVE_UP = 48 * 3600.0
"""Seconds after which a run gives up; ``--all`` begins a new one."""

Response = tuple[int, Any]


class NotYetError(Exception):
    """It may work later."""

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status
        """The answer's; 0 without one."""


class RefusedError(Exception):
    """It won't work later, either."""


class Settings:
    """The settings beside this program."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.url = str(values["url"]).rstrip("/")
        secret = Path(values["secretFile"]).read_text(encoding="utf-8").strip()
        self.key = base64.b64decode(secret.split(",")[0].replace("whsec_", "", 1), validate=True)
        self.remove = bool(values.get("remove", True))
        self.log = str(values.get("log", ""))
        self.first_pause = float(values.get("firstPauseSeconds", FIRST_PAUSE))
        self.give_up = float(values.get("giveUpSeconds", GIVE_UP))
        if not self.key or urlsplit(self.url).scheme not in {"https", "http"}:
            raise ValueError("url or secretFile is wrong.")

    @classmethod
    def beside(cls, program: Path) -> Settings:
        """Read the file beside this program."""
        return cls(json.loads(program.with_suffix(".json").read_text(encoding="utf-8")))


class Recording:
    """The folder of one recording; it is named as its session."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.session_id = folder.name

    @property
    def media(self) -> Path | None:
        """The film: the longest file, if a Jibri was started anew and wrote several."""
        found = [path for path in self.folder.glob("*.mp4") if path.stat().st_size > 0]
        return max(found, key=lambda path: path.stat().st_size, default=None)

    @property
    def room(self) -> str:
        """The room's name by Jibri's metadata: the end of the meeting's address, else empty."""
        try:
            said = json.loads((self.folder / "metadata.json").read_text(encoding="utf-8"))
            return urlsplit(str(said["meeting_url"])).path.rstrip("/").rpartition("/")[2]
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    def note(self) -> dict[str, Any]:
        """The note of earlier runs."""
        try:
            found = json.loads((self.folder / NOTE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def write_note(self, **values: Any) -> None:
        """Write down what is done, so that no kill leaves half a note."""
        beside = self.folder / (NOTE + ".new")
        beside.write_text(json.dumps(self.note() | values), encoding="utf-8")
        beside.replace(self.folder / NOTE)


class OptiLearn:
    """The product, as this program sees it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Send a signed report; return the data of the answer.

        Raises ``RefusedError`` for what no repetition changes, else ``NotYetError``.
        """
        content = json.dumps(body).encode()
        message_id, moment = f"msg_{uuid.uuid4().hex}", str(int(time.time()))
        signed = f"{message_id}.{moment}.".encode() + content
        digest = hmac.new(self.settings.key, signed, hashlib.sha256).digest()
        headers = {
            "Content-Type": "application/json",
            "Content-Length": str(len(content)),
            "webhook-id": message_id,
            "webhook-timestamp": moment,
            "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
        }
        status, answer = exchange("POST", f"{self.settings.url}{path}", content, headers)
        if status == 200 and isinstance(answer, dict):
            return answer.get("data")
        if status in {400, 404}:
            raise RefusedError(f"{path} answered {status}: {answer}")
        # Also 401: the clock, or a secret that is being changed.
        raise NotYetError(f"{path} answered {status}: {answer}", status)


def exchange(method: str, url: str, content: Any, headers: dict[str, str]) -> Response:
    """Send a request, whose content may be an open file; return the status and the JSON.

    Raises ``NotYetError`` without an answer.
    """
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT, blocksize=BLOCK)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(method, target, body=content, headers=headers)
        response = connection.getresponse()
        body = response.read(ANSWER_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise NotYetError(f"{method} {parts.hostname}: {error!r}") from error
    finally:
        connection.close()
    try:
        return response.status, json.loads(body)
    except ValueError:
        return response.status, None


def bring(recording: Recording, optilearn: OptiLearn) -> str:
    """Do what is left to do for a recording; return the state that it is in then.

    Raises ``NotYetError`` where it ended too early.
    """
    media = recording.media
    if media is None:
        return fail(recording, optilearn, "NO_MEDIA")
    if not recording.note().get("sent"):
        size = media.stat().st_size
        announced = {
            "sessionId": recording.session_id,
            "contentType": "video/mp4",
            "size": size,
            "room": recording.room,
        }
        try:
            upload = optilearn.post(f"{ENDPOINT}/upload", announced)["upload"]
        except RefusedError:
            return fail(recording, optilearn, "REFUSED")
        if upload is None:
            return "UNWANTED"
        send(media, size, upload)
        recording.write_note(sent=True)
    return confirm(recording, optilearn)


def send(media: Path, size: int, upload: dict[str, Any]) -> None:
    """Send the file, block by block, to a signed address. Raises ``NotYetError``."""
    headers = {**upload["headers"], "Content-Length": str(size)}
    with media.open("rb") as file:
        status, answer = exchange(upload["method"], upload["url"], file, headers)
    # 409 and 412: it is there already, and an earlier run missed the answer.
    if status not in {200, 201, 204, 409, 412}:
        raise NotYetError(f"The upload answered {status}: {answer}")


def confirm(recording: Recording, optilearn: OptiLearn) -> str:
    """Report that the file was sent; return REFUSED if OptiLearn doesn't keep it.

    Raises ``NotYetError``, to send it again if it isn't there.
    """
    report = {"type": "recording.uploaded", "data": {"sessionId": recording.session_id}}
    try:
        answer = optilearn.post(ENDPOINT, report)
    except NotYetError as error:
        if error.status == http.HTTPStatus.CONFLICT:
            recording.write_note(sent=False)
        raise
    return "DONE" if answer["done"] else "REFUSED"


def fail(recording: Recording, optilearn: OptiLearn, failure: str) -> str:
    """Report that there is no file; what is in the folder stays there."""
    data = {"sessionId": recording.session_id, "failure": failure}
    optilearn.post(ENDPOINT, {"type": "recording.failed", "data": data})
    return failure


def carry_on(recording: Recording, settings: Settings, log: Callable[[str], None]) -> None:
    """Bring a recording, again and again until it works or the time is over."""
    with (recording.folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            log("another run is at it")
            return
        state = recording.note().get("state") or repeat(recording, settings, log)
        if state:
            recording.write_note(state=state)
            log(state)
        if state == "DONE" and settings.remove:
            shutil.rmtree(recording.folder, ignore_errors=True)


def repeat(recording: Recording, settings: Settings, log: Callable[[str], None]) -> str:
    """Return the state in the end; empty if the time is over."""
    optilearn, pause = OptiLearn(settings), settings.first_pause
    deadline = time.monotonic() + settings.give_up
    while True:
        try:
            return bring(recording, optilearn)
        except RefusedError as error:
            log(f"refused: {error}")
            return "REFUSED"
        except (NotYetError, OSError, KeyError, TypeError) as error:
            log(f"later: {error!r}")
        if time.monotonic() + pause > deadline:
            return ""
        time.sleep(pause * SystemRandom().uniform(0.5, 1.0))
        pause = min(2 * pause, LONGEST_PAUSE)


def detach() -> bool:
    """Go on in a process of its own, which nobody waits for; return True there.

    The output is let go, too: Jibri reads it to its end.
    """
    if os.fork():
        os.wait()
        return False
    os.setsid()
    if os.fork():
        os._exit(0)
    os.chdir("/")
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    return True


def logger(settings: Settings, session_id: str) -> Callable[[str], None]:
    """Return a function that writes a line into the log, if there is one."""

    def log(line: str) -> None:
        if settings.log:
            moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            with Path(settings.log).open("a", encoding="utf-8") as file:
                file.write(f"{moment} {session_id} {line}\n")

    return log


def main(arguments: list[str]) -> int:
    """Run as Jibri does, or for all recordings of a folder."""
    program = Path(__file__).resolve()
    is_all = arguments[:1] == ["--all"]
    if len(arguments) != 1 + is_all:
        print(__doc__, file=sys.stderr)
        return 2
    given = Path(arguments[-1]).resolve()
    if not given.is_dir():
        print(f"{given} is no folder.", file=sys.stderr)
        return 1
    settings = Settings.beside(program)
    folders = sorted(path for path in given.iterdir() if path.is_dir()) if is_all else [given]
    if not detach():
        return 0
    for folder in folders:
        log = logger(settings, folder.name)
        try:
            carry_on(Recording(folder), settings, log)
        except Exception as error:  # noqa: BLE001 - the next recording mustn't wait for this one
            log(f"failed: {error!r}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
