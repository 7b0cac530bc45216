"""Sets one document, as a process of its own: ``python press.py < job > file``.

typst keeps what it has laid out for the life of the process, so that a worker would grow with
each document; here it ends with it. It also keeps a large document from holding up threads.
"""

from __future__ import annotations

import json
import sys

import typst


def main() -> None:
    """Read the job from standard input and write the PDF to standard output."""
    job = json.load(sys.stdin.buffer)
    fonts = typst.Fonts(include_system_fonts=False, font_paths=job["fonts"])
    content = typst.compile(
        job["template"].encode(),
        font_paths=fonts,
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": job["data"]},
        timestamp=job["timestamp"],
        pdf_tags=job["tagged"],
    )
    sys.stdout.buffer.write(content)


if __name__ == "__main__":
    main()
