"""Pictures of the pages, taken of a demonstration that this starts and stops.

    python scripts/screenshots.py [FOLDER] [--pages reports,schedule] [--docs] [--url ADDRESS]

Into FOLDER go all main pages at three widths, light and dark, in English and Hindi. With --docs,
docs/screenshots/ gets the pictures of docs/first-report.md instead, by doing what that page says,
and a sheet of eight pages. --url takes a demonstration that is served already, whose OPTILEARN_HOME
is in the environment. Needs Debian's Chromium.
"""

from __future__ import annotations

import argparse
import base64
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, Request, StorageState, expect, sync_playwright
from screenshots_walk import ADMINISTRATOR, first_report, sign_in

ROOT: Final = Path(__file__).resolve().parents[1]
DOCS: Final = ROOT / "docs" / "screenshots"
WIDTHS: Final = (1440, 1024, 390)
THEMES: Final = ("light", "dark")
LANGUAGES: Final = ("en", "hi")
PAGES: Final = {
    "home": "/", "reports": "/reports", "templates": "/reports/templates", "new": "/reports/new",
    "report": "{report}", "builder": "{report}/edit", "versions": "{report}/versions",
    "share": "{report}/share", "dashboards": "/dashboards", "platform": "/dashboards/platform",
    "dashboard": "{dashboard}", "dashboard-edit": "{dashboard}/edit", "schedules": "/schedules",
    "schedule": "{schedule}", "schedule-edit": "{schedule}/edit", "alerts": "/alerts",
    "alert": "{alert}", "alert-edit": "{alert}/edit", "exports": "/exports", "data": "/data",
    "sql": "/sql", "people": "/people", "school": "/school", "calendar": "/school/calendar",
    "message-templates": "/school/templates", "deliveries": "/school/deliveries",
    "audit": "/school/audit", "health": "/school/health", "notifications": "/notifications",
    "settings": "/settings/notifications", "help": "/docs", "chapter": "/docs/schedules",
    "search": "/search?q=class", "components": "/components", "sign-in": "/sign-in",
    "missing": "/nowhere",
}  # fmt: skip
SHEET: Final = (
    "home", "builder", "report", "platform", "schedule-edit", "alert", "data", "sql",
)  # fmt: skip
PICTURE_BYTES: Final = 120_000
SHEET_BYTES: Final = 400_000
PATIENCE: Final = 120.0
"""Seconds for the server to answer."""
_QUIET_SECONDS: Final = 0.3
_STOPPED: Final = "net::ERR_ABORTED"
"""The page itself stopped a request, as the next one came."""
_DRAW: Final = """
async ([pictures, columns, width, gap, quality]) => {
  const images = await Promise.all(pictures.map(async (data) => {
    const image = new Image(); image.src = "data:image/png;base64," + data;
    await image.decode(); return image;
  }));
  const heights = images.map((image) => Math.round(image.height * width / image.width));
  const rows = Math.ceil(images.length / columns), height = Math.max(...heights);
  const canvas = document.createElement("canvas");
  canvas.width = columns * width + (columns + 1) * gap;
  canvas.height = rows * height + (rows + 1) * gap;
  const brush = canvas.getContext("2d");
  brush.fillStyle = "#d9d9d4"; brush.fillRect(0, 0, canvas.width, canvas.height);
  brush.imageSmoothingQuality = "high";
  images.forEach((image, place) => {
    const x = gap + (place % columns) * (width + gap);
    const y = gap + Math.floor(place / columns) * (height + gap);
    brush.drawImage(image, x, y, width, heights[place]);
  });
  return canvas.toDataURL("image/webp", quality).split(",")[1];
}
"""
"""Chromium writes WebP, so no library of pictures is needed."""


@dataclass(frozen=True)
class Demonstration:
    """A served demonstration."""

    url: str
    environment: dict[str, str]

    def work(self) -> None:
        """Do what is due, as Dagster's daemon does twice a minute."""
        run(["work"], self.environment)


def run(arguments: Sequence[str], environment: dict[str, str]) -> None:
    """Run a command of the product; one that fails ends this, with its last lines."""
    command = [sys.executable, "-m", "optilearn", *arguments]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = (done.stdout + done.stderr).strip().splitlines()[-20:]
        sys.exit(f"optilearn {' '.join(arguments)} failed:\n" + "\n".join(last))


@contextmanager
def demonstration(served: str) -> Iterator[Demonstration]:
    """The demonstration's data in a folder of their own, served until the block ends."""
    if served:
        yield Demonstration(served.rstrip("/"), dict(os.environ))
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="optilearn-") as home:
        environment = os.environ | {"OPTILEARN_HOME": home, "APP_URL": url}
        said("Loading the demonstration, a minute …")
        run(["demo", "--no-serve"], environment)
        with (Path(home) / "serve.log").open("w+") as log:
            serve = [sys.executable, "-m", "optilearn", "serve", "--port", str(port)]
            server = subprocess.Popen(serve, env=environment, cwd=ROOT, stdout=log, stderr=log)
            try:
                wait_for(f"{url}/sign-in", server, Path(log.name))
                yield Demonstration(url, environment)
            finally:
                server.terminate()
                server.wait()


def wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server answers; one that ended ends this, with its last lines."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.poll() is None:
        try:
            with urlopen(address):  # noqa: S310 - our own server
                return
        except (URLError, ConnectionError):
            time.sleep(0.2)
    last = log.read_text(encoding="utf-8").splitlines()[-20:]
    sys.exit("The server doesn't answer:\n" + "\n".join(last))


def said(text: str) -> None:
    """Tell whoever waits."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        sys.exit("No Chromium on this machine, which takes the pictures: apt-get install chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def window(
    browser: Browser,
    url: str,
    state: StorageState | None = None,
    *,
    size: tuple[int, int] = (1440, 900),
    theme: str = "light",
    language: str = "en",
) -> Iterator[Page]:
    """Somebody at a window."""
    context = browser.new_context(
        base_url=url,
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if theme == "dark" else "light",
        has_touch=size[0] < 700,
        reduced_motion="reduce",
        storage_state=state,
        timezone_id="Asia/Kolkata",
    )
    context.add_cookies([{"name": "optilearn_language", "value": language, "url": url}])
    page = context.new_page()
    page.set_default_timeout(20_000)
    yield page
    context.close()


def settle(page: Page) -> None:
    """Wait until nothing has been asked for a moment, and nothing is a skeleton any more."""
    page.wait_for_load_state("networkidle")
    if not page.url.endswith(PAGES["components"]):  # which shows what waiting looks like
        expect(page.locator(".skeleton:visible")).to_have_count(0, timeout=15_000)
    expect(page.locator(".dimmed")).to_have_count(0, timeout=15_000)
    page.wait_for_timeout(_QUIET_SECONDS * 1000)


def addresses(page: Page) -> dict[str, str]:
    """Where the demonstration's own report, dashboard, schedule and alert are."""
    found = {}
    for name, start in (
        ("report", "/reports"),
        ("dashboard", "/dashboards"),
        ("schedule", "/schedules"),
        ("alert", "/alerts"),
    ):
        page.goto(start)
        link = page.locator(f"main tbody th a[href^='{start}/']").first
        found[name] = str(link.get_attribute("href"))
    return found


def take_all(
    browser: Browser, url: str, state: StorageState, folder: Path, names: Sequence[str]
) -> int:
    """Write a picture of each page in each look; return how many pages failed."""
    folder.mkdir(parents=True, exist_ok=True)
    failed = 0
    with window(browser, url, state) as page:
        places = addresses(page)
    for width in WIDTHS:
        for theme in THEMES:
            for language in LANGUAGES:
                said(f"{width} {theme} {language} …")
                size = (width, 844 if width < 700 else 900)
                with window(browser, url, state, size=size, theme=theme, language=language) as page:
                    for name in names:
                        file = folder / f"{name}-{width}-{theme}-{language}.png"
                        failed += not take(page, PAGES[name].format(**places), file)
    return failed


def take(page: Page, address: str, file: Path) -> bool:
    """Write a whole page; say what failed on it, and return False then."""
    failures: list[str] = []

    def heard(request: Request) -> None:
        if request.failure != _STOPPED:
            failures.append(f"{request.method} {request.url}: {request.failure}")

    page.on("requestfailed", heard)
    page.goto(address)
    try:
        settle(page)
    except AssertionError:
        failures.append("it still waits for something")
    page.screenshot(path=file, full_page=True)
    page.remove_listener("requestfailed", heard)
    for text in failures:
        said(f"  {address}: {text}")
    return not failures


def webp(page: Page, pictures: Sequence[bytes], *, columns: int, width: int, limit: int) -> bytes:
    """Return one WebP of all pictures, as sharp as ``limit`` bytes allow."""
    encoded = [base64.b64encode(one).decode() for one in pictures]
    for quality in (0.92, 0.85, 0.75, 0.6, 0.45):
        gap = 0 if len(pictures) == 1 else 16
        data = page.evaluate(_DRAW, [encoded, columns, width, gap, quality])
        body = base64.b64decode(data)
        if len(body) <= limit:
            return body
    raise RuntimeError(f"A picture doesn't fit into {limit} bytes.")


def take_for_docs(browser: Browser, demo: Demonstration, state: StorageState) -> None:
    """Do what docs/first-report.md says, and write its pictures and the sheet."""
    DOCS.mkdir(parents=True, exist_ok=True)
    with browser.new_page() as studio:

        def shot(page: Page, name: str) -> None:
            page.mouse.move(0, 0)  # so that nothing shows its tools
            settle(page)
            size = page.viewport_size or {"width": 1280}
            picture = webp(
                studio, [page.screenshot()], columns=1, width=size["width"], limit=PICTURE_BYTES
            )
            (DOCS / f"{name}.webp").write_bytes(picture)
            said(f"docs/screenshots/{name}.webp, {len(picture):,} bytes")

        with window(browser, demo.url, size=(1280, 860)) as page:
            first_report(page, shot, demo.work)
        with window(browser, demo.url, state, size=(1440, 900)) as page:
            places = addresses(page)
            pictures = []
            for name in SHEET:
                page.goto(PAGES[name].format(**places))
                settle(page)
                if name == "sql":
                    page.get_by_role("button", name="Run", exact=True).click()
                    settle(page)
                pictures.append(page.screenshot())
        sheet = webp(studio, pictures, columns=2, width=800, limit=SHEET_BYTES)
        (DOCS / "pages.webp").write_bytes(sheet)
        said(f"docs/screenshots/pages.webp, {len(sheet):,} bytes")


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    default = Path(tempfile.gettempdir()) / "optilearn-screenshots"
    parser.add_argument("folder", nargs="?", type=Path, default=default)
    parser.add_argument("--pages", default=",".join(PAGES), help="only these, by name")
    parser.add_argument("--docs", action="store_true", help="the pictures of the documents instead")
    parser.add_argument("--url", default="", help="of a demonstration that is served already")
    given = parser.parse_args()
    given.names = [name for name in given.pages.split(",") if name]
    unknown = [name for name in given.names if name not in PAGES]
    if unknown:
        parser.error(f"There is no page {', '.join(unknown)}. There are: {', '.join(PAGES)}.")
    if given.folder.resolve().is_relative_to(ROOT):
        parser.error("The pictures would lie in the repository; name another folder.")
    return given


def main() -> None:
    """Take what was asked for."""
    given = arguments()
    with chromium() as browser, demonstration(given.url) as demo:
        with window(browser, demo.url) as page:
            sign_in(page, ADMINISTRATOR)
            state = page.context.storage_state()
        if given.docs:
            take_for_docs(browser, demo, state)
            return
        failed = take_all(browser, demo.url, state, given.folder, given.names)
    said(f"Written to {given.folder}.")
    if failed:
        sys.exit(f"{failed} pages weren't whole.")


if __name__ == "__main__":
    main()
