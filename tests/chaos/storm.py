"""Everything that goes wrong while it is sent."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from tests.chaos.servers import World
from tests.support import fcm, mailserver, resend

F = TypeVar("F")

RESEND: Final = {
    resend.Fault.HANG: 0.001,
    resend.Fault.TAKE_AND_HANG: 0.001,
    resend.Fault.BUSY: 0.001,
    resend.Fault.ERROR: 0.01,
    resend.Fault.TAKE_AND_ERROR: 0.01,
    resend.Fault.TAKE_AND_DROP: 0.01,
    resend.Fault.DROP: 0.01,
    resend.Fault.UNAUTHORIZED: 0.25,  # these go by SMTP instead
}
TAKEN_AND_LOST: Final = mailserver.Fault("taken", mailserver.DROP)
SMTP: Final = {
    mailserver.Fault("rcpt", "451 4.3.0 Try again"): 0.02,
    mailserver.Fault("end", "452 4.3.1 Full"): 0.01,
    TAKEN_AND_LOST: 0.01,
}
FCM: Final = {
    fcm.Fault.BUSY: 0.001,
    fcm.Fault.INTERNAL: 0.01,
    fcm.Fault.DROP: 0.01,
    fcm.Fault.TAKE_AND_DROP: 0.01,
    fcm.Fault.BAD_GATEWAY: 0.005,
}


class Dice:
    """Faults by chance, with a count of how often each was drawn."""

    def __init__(self, chances: dict[Any, float], seed: int) -> None:
        self._chances = chances
        self._random = random.Random(seed)
        self.drawn: Counter[str] = Counter()

    def __call__(self, _number: int, _request: Any) -> Any:
        """What goes wrong with this request, if anything."""
        drawn = self._random.random()
        for fault, chance in self._chances.items():
            drawn -= chance
            if drawn < 0:
                self.drawn[str(fault)] += 1
                return fault
        return None


@dataclass
class Storm:
    """Kills, flushes and a restart, in a thread of its own until it is told to end."""

    world: World
    seed: int
    flushes: int = 2
    restarts: int = 1
    done: Counter[str] = field(default_factory=Counter)
    over: threading.Event = field(default_factory=threading.Event)

    def begin(self) -> threading.Thread:
        """Let it begin; it ends by itself when ``over`` is set."""
        providers = self.world.providers
        self.resend, self.smtp, self.fcm = (
            Dice(chances, self.seed + n) for n, chances in enumerate((RESEND, SMTP, FCM))
        )
        providers.resend.faults.plan = self.resend
        providers.smtp.faults.plan = self.smtp
        providers.fcm.faults.plan = self.fcm
        thread = threading.Thread(target=self._rage, daemon=True)
        thread.start()
        return thread

    def calm(self) -> None:
        """Nothing goes wrong any more."""
        self.over.set()
        for server in (self.world.providers.resend, self.world.providers.smtp):
            server.faults.plan = None
        self.world.providers.fcm.faults.plan = None

    def _rage(self) -> None:
        dice = random.Random(self.seed)
        blows = ["flush"] * self.flushes + ["restart"] * self.restarts
        dice.shuffle(blows)
        while not self.over.wait(dice.uniform(4, 10)):
            self.world.workers.kill_one()
            self.done["kill"] += 1
            if blows and dice.random() < 0.5:
                self._strike(blows.pop())
        while blows:
            self._strike(blows.pop())

    def _strike(self, blow: str) -> None:
        if blow == "flush":
            self.world.flush_valkey()
        else:
            self.world.restart_postgres()
        self.done[blow] += 1
        time.sleep(1)
