"""The texts that people read, from code and templates."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.extract import extract_python
from django.template import engines
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

PLATFORM = Path(__file__).resolve().parents[2] / "platform" / "optilearn"
_FUNCTIONS = ("_", "gettext_noop", "ngettext")
Message = str | tuple[str, str]
"""A text; of a plural, the singular and the plural."""


def messages() -> Iterator[tuple[Path, Message]]:
    """Each text with its file. Django has to be set up: its own parser reads the templates."""
    for path in sorted(PLATFORM.rglob("*.py")):
        for message in _of_code(path):
            yield path, message
    for path in sorted(PLATFORM.rglob("templates/**/*.html")):
        for message in _of_template(path):
            yield path, message


def _of_code(path: Path) -> Iterator[Message]:
    found = extract_python(BytesIO(path.read_bytes()), list(_FUNCTIONS), [], {})
    for _line, function, text, _comments in found:
        if isinstance(text, tuple) and function == "ngettext":
            yield str(text[0]), str(text[1])
        elif isinstance(text, tuple):
            yield str(text[0])
        elif text:
            yield text


def _of_template(path: Path) -> Iterator[Message]:
    template = engines["django"].from_string(path.read_text(encoding="utf-8")).template
    for node in template.nodelist.get_nodes_by_type(TranslateNode):
        yield str(node.filter_expression.var.literal).replace("%%", "%")
    for node in template.nodelist.get_nodes_by_type(BlockTranslateNode):
        singular, _names = node.render_token_list(node.singular)
        if node.plural:
            yield singular, node.render_token_list(node.plural)[0]
        else:
            yield singular
