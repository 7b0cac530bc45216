"""What a storm needs: the servers, the doubles of the providers, workers that can be killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

from optilearn.embedded import ensure
from optilearn.embedded.services import Services
from tests.support.fcm import FcmServer
from tests.support.mailserver import MailServer
from tests.support.resend import API_KEY, ResendServer

ROOT: Final = Path(__file__).resolve().parents[2]
_CELERY: Final = (
    *(sys.executable, "-m", "celery", "--app", "worker.app", "--quiet"),
)  # fmt: skip


@dataclass
class Providers:
    """The three doubles, which outlive everything."""

    resend: ResendServer
    smtp: MailServer
    fcm: FcmServer


@dataclass
class Workers:
    """Real workers with real processes under them, and beat."""

    environment: dict[str, str]
    folder: Path
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    beat: subprocess.Popen[bytes] | None = None
    kills: int = 0

    def start(self, count: int) -> None:
        """Start so many, and beat."""
        self.running = [self._start(number) for number in range(count)]
        schedule = str(self.folder / "beat-schedule")
        self.beat = self._run("beat", "--loglevel", "ERROR", "--schedule", schedule)

    def kill_one(self) -> None:
        """Kill -9 a worker with all its processes, and start another in its place."""
        number = random.randrange(len(self.running))
        _kill(self.running[number])
        self.kills += 1
        self.running[number] = self._start(number)

    def stop(self) -> None:
        """End all of them."""
        for process in (*self.running, self.beat):
            if process:
                _kill(process)

    def _start(self, number: int) -> subprocess.Popen[bytes]:
        return self._run(
            *("worker", "--hostname", f"storm{number}@%h", "--concurrency", "1"),
            *("--loglevel", "ERROR", "--without-gossip", "--without-mingle"),
            *("--queues", "default,email,push,inapp,digest,bulk"),
        )

    def _run(self, *words: str) -> subprocess.Popen[bytes]:
        log = (self.folder / "workers.log").open("ab")
        with log:
            return subprocess.Popen(
                [*_CELERY, *words],
                env=self.environment,
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(30)


@dataclass
class World:
    """All of it."""

    services: Services
    providers: Providers
    workers: Workers

    def restart_postgres(self) -> None:
        """Stop PostgreSQL as an impatient operator would; its supervisor starts it again."""
        folder = parse_qs(urlsplit(self.services.app_url).query)["host"][0]
        pid_file = next(Path(folder).parent.rglob("postmaster.pid"), None) or next(
            (self.services.home / "postgres").rglob("postmaster.pid")
        )
        os.kill(int(pid_file.read_text().split()[0]), signal.SIGINT)

    def flush_valkey(self) -> None:
        """Let Valkey forget everything."""
        from redis import Redis

        with Redis.from_url(self.services.redis_url) as client:
            client.flushall()


@contextmanager
def world(home: Path, *, smtp_only: bool = False) -> Iterator[World]:
    """Servers on a folder of their own, until the block ends."""
    with ExitStack() as stack:
        services = stack.enter_context(ensure(home, postgres=True, valkey=True))
        providers = Providers(
            stack.enter_context(ResendServer(keep_bodies=False, retry_after=1)),
            stack.enter_context(MailServer(keep_bodies=False)),
            stack.enter_context(FcmServer(keep_bodies=False, retry_after=1)),
        )
        environment = os.environ | variables(services, providers, home)
        if smtp_only:
            del environment["RESEND_API_KEY"]
        os.environ.clear()
        os.environ.update(environment)
        subprocess.run(
            [sys.executable, "-m", "django", "migrate", "--verbosity", "0"],
            env=environment, check=True, cwd=ROOT,
        )  # fmt: skip
        workers = Workers(environment, home)
        stack.callback(workers.stop)
        yield World(services, providers, workers)


def variables(services: Services, providers: Providers, home: Path) -> dict[str, str]:
    """What the product's processes read."""
    return {
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform")]),
        "DJANGO_SETTINGS_MODULE": "optilearn.config.settings",
        "OPTILEARN_HOME": str(home),
        "DATABASE_URL": services.app_url,
        "DATABASE_OWNER_URL": services.owner_url,
        "DATABASE_ETL_URL": services.etl_url,
        "REDIS_URL": services.redis_url,
        "RESEND_API_KEY": API_KEY,
        "RESEND_URL": providers.resend.url,
        "RESEND_PER_SECOND": "2000",
        "SMTP_URL": providers.smtp.url,
        "SMTP_PER_SECOND": "2000",
        "FIREBASE_CREDENTIALS": providers.fcm.credentials,
        "FCM_URL": providers.fcm.url,
        "FCM_PER_SECOND": "2000",
        "PROVIDER_SECONDS": "2",
        "NOTIFY_LEASE_SECONDS": "16",
        "NOTIFY_RETRY_SECONDS": "1",
        "NOTIFY_SWEEP_SECONDS": "2",
    }


def wait_until(moment: float) -> None:
    """Sleep until then."""
    time.sleep(max(0.0, moment - time.monotonic()))
