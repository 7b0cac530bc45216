"""Static files: those of installed packages under one roof, and hashed names in production."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

FILES: Final = {
    "vendor/htmx.js": ("django_htmx", "static/django_htmx/htmx-2.min.js"),
    "vendor/plotly.js": ("plotly", "package_data/plotly.min.js"),
    "vendor/noto-sans-devanagari.ttf": (
        "fontpkg_noto_sans_devanagari",
        "files/NotoSansDevanagari[wdth,wght].ttf",
    ),
}
"""The name that a page asks for, and where an installed package has it."""


class PackagedFile(FileSystemStorage):
    """One file of a package, under a name of ours."""

    def __init__(self, name: str, source: Path) -> None:
        super().__init__(location=source.parent)
        self._name, self._source = name, source

    def path(self, name: str) -> str:
        """Return the file's place in its package."""
        return str(self._source)


class PackageFinder(BaseFinder):
    """Finds ``FILES``. Nothing of a package is copied into the repository."""

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 - Django's signature
        """Return the file's place, or nothing."""
        source = _source(path)
        if source is None:
            return []
        return [str(source)] if find_all or kwargs.get("all") else str(source)

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[tuple[str, Any]]:
        """Yield each name with a storage that reads it."""
        for name in FILES:
            source = _source(name)
            if source is not None:
                yield name, PackagedFile(name, source)


def _source(name: str) -> Path | None:
    if name not in FILES:
        return None
    package, place = FILES[name]
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / place


_STYLE: Final = re.compile(r'\be\.id="([0-9a-f]{64})"')


@cache
def style_id() -> str:
    """Return the id of the style element of maps, which our policy keeps the library from making.

    An element that has the id keeps it from trying. Empty if the library has none any more.
    """
    source = _source("vendor/plotly.js")
    found = _STYLE.search(source.read_text(encoding="utf-8")) if source else None
    return found.group(1) if found else ""


_MODULES: Final = (
    (
        r"""(?P<matched>import(?P<import>[^;"']*?)from\s*["'](?P<url>[./].*?)["']\s*;)""",
        """import%(import)sfrom "%(url)s";""",
    ),
    (r"""(?P<matched>import\s*["'](?P<url>[./].*?)["']\s*;)""", """import "%(url)s";"""),
    (r"""(?P<matched>import\(["'](?P<url>[./].*?)["']\))""", """import("%(url)s")"""),
)
"""The ways in which our modules import each other."""


class HashedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # it has no types
    """Hashed names for all files; imports are rewritten in our own modules alone.

    Minified files of packages have text that reads like an import, or name maps that aren't there.
    """

    patterns = (
        *(pair for pair in ManifestStaticFilesStorage.patterns if pair[0] == "*.css"),
        ("web/*.js", _MODULES),
    )
