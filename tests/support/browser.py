"""A person at Debian's Chromium: signed in, and watched for blocked styles and script errors."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

NOT_TRIED = "NOT TRIED: no Chromium on this machine (Debian: apt-get install chromium)"
TIMEOUT = 20_000
"""Milliseconds that a page has for what a test expects: a busy machine fails no test."""
COOKIE = "authjs.session-token"
_WATCH = """
addEventListener("securitypolicyviolation", (e) => console.error(
  `POLICY ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`));
window.shifted = 0;
window.shifts = [];
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) {
    if (one.hadRecentInput) continue;
    window.shifted += one.value;
    const moved = one.sources.map(({node}) => node?.outerHTML?.slice(0, 80) ?? node?.textContent);
    window.shifts.push(`${one.value}: ${moved.join(" | ")}`);
  }
}).observe({type: "layout-shift", buffered: true});
"""
_BUSY = "[data-tile][aria-busy=true], #result[aria-busy=true]"
_QUIET_MS = 100
_STEP_MS = 25
_EXPECTED = ("Failed to load resource", "htmx:sendAbort", "htmx:afterRequest")
"""What Chromium says of an answer of 400 and more, which a test may ask for; and what htmx says of
a request that the page itself gave up, because another replaced it or the window went on. A request
that failed is heard all the same: as htmx:sendError, htmx:timeout or htmx:responseError."""


@cache
def chromium() -> str:
    """The program, or the test that needs it is left out, loudly."""
    found = shutil.which("chromium")
    if found is None:
        pytest.skip(NOT_TRIED)
    return found


@contextmanager
def a_browser() -> Iterator[Browser]:
    """One browser, until the block ends."""
    program = chromium()
    expect.set_options(timeout=TIMEOUT)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Watched:
    """A page, with everything that went wrong on it."""

    page: Page
    context: BrowserContext
    problems: list[str] = field(default_factory=list)
    pending: set[Request] = field(default_factory=set)

    def settle(self) -> None:
        """Wait until nothing was asked for a while, and nothing says that it is busy."""
        quiet = 0
        deadline = time.monotonic() + TIMEOUT / 1000
        while quiet < _QUIET_MS or self.page.locator(_BUSY).count():
            assert time.monotonic() < deadline, f"It waits for {self.pending or _BUSY}."
            self.page.wait_for_timeout(_STEP_MS)
            quiet = 0 if self.pending else quiet + _STEP_MS

    def shifted(self) -> float:
        """The layout shift until now (Web Vitals' CLS, without session windows)."""
        return float(self.page.evaluate("() => window.shifted"))

    def shifts(self) -> list[str]:
        """The same one by one, with the elements that moved."""
        return list(self.page.evaluate("() => window.shifts"))


@contextmanager
def at_browser(
    browser: Browser,
    url: str,
    token: str | None,
    *,
    width: int = 1440,
    dark: bool = False,
    language: str = "en",
    **options: Any,
) -> Iterator[Watched]:
    """Somebody at a window of that width. Policy violations and script errors fail the test."""
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": 844 if width < 700 else 900},
        color_scheme="dark" if dark else "light",
        has_touch=width < 700,
        reduced_motion="reduce",
        accept_downloads=True,
        **options,
    )
    context.set_default_timeout(TIMEOUT)
    cookies = [{"name": "optilearn_language", "value": language, "url": url}]
    if token is not None:
        cookies.append({"name": COOKIE, "value": token, "url": url})
    context.add_cookies(cookies)  # type: ignore[arg-type]  # plain dictionaries of that shape
    context.add_init_script(_WATCH)
    found = Watched(context.new_page(), context)

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_EXPECTED):
            found.problems.append(message.text)

    def began(request: Request) -> None:
        found.pending.add(request)

    def ended(request: Request) -> None:
        found.pending.discard(request)

    context.on("console", heard)
    context.on("request", began)
    context.on("requestfinished", ended)
    context.on("requestfailed", ended)
    context.on("weberror", lambda error: found.problems.append(str(error.error)))
    yield found
    if not found.page.is_closed():
        found.settle()  # what a closing window cuts off is no fault of the page
    problems = list(found.problems)
    context.close()
    assert not problems, problems
