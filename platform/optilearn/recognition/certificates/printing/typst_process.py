"""Renders certificates until its standard input ends, as a process of its own.

Each job is a frame of JSON, each answer a byte (0: a PDF, 1: it can't be rendered) and a frame. A
frame is its length in four bytes and its bytes. Fonts and layout are read once: the first
certificate takes half a second, the others some 15 ms.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import sys
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import typst

FONTS = ("fontpkg_noto_sans", "fontpkg_noto_sans_devanagari")
"""Never those of the machine: a certificate looks the same everywhere."""


def main() -> None:
    """Render what comes in; ends with its parent, which closes the pipe."""
    fonts = typst.Fonts(
        include_system_fonts=False,
        font_paths=[str(resources.files(name) / "files") for name in FONTS],
    )
    template = Path(__file__).with_name("template.typ").read_bytes()
    with TemporaryDirectory() as folder:
        compiler = typst.Compiler(template, root=folder, font_paths=fonts, ignore_system_fonts=True)
        while (frame := read_frame(sys.stdin.buffer)) is not None:
            write_answer(sys.stdout.buffer, *_render(compiler, template, Path(folder), frame))


def read_frame(stream: IO[bytes]) -> bytes | None:
    """Return the next frame; None at the end."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    (length,) = struct.unpack(">I", head)
    content = stream.read(length)
    return content if len(content) == length else None


def write_frame(stream: IO[bytes], content: bytes) -> None:
    """Write a frame."""
    stream.write(struct.pack(">I", len(content)) + content)
    stream.flush()


def write_answer(stream: IO[bytes], status: int, content: bytes) -> None:
    """Write an answer."""
    stream.write(bytes([status]))
    write_frame(stream, content)


def _render(
    compiler: typst.Compiler, template: bytes, folder: Path, frame: bytes
) -> tuple[int, bytes]:
    job = json.loads(frame)
    try:
        content = compiler.compile(
            template,
            format="pdf",
            root=folder,
            sys_inputs={"data": json.dumps(job["data"] | {"logo": _logo(folder, job["logo"])})},
            timestamp=job["timestamp"],
        )
    except typst.TypstError as error:
        return 1, str(error).encode()
    return (0, content) if isinstance(content, bytes) else (1, b"more than one file")


def _logo(folder: Path, logo: dict[str, Any] | None) -> str:
    """Return the name of the logo's file for the template, which may read below its folder."""
    if logo is None:
        return ""
    content = base64.b64decode(logo["base64"])
    name = f"{hashlib.sha256(content).hexdigest()}.{logo['extension']}"
    if not (folder / name).exists():
        (folder / name).write_bytes(content)
    return name


if __name__ == "__main__":
    main()
