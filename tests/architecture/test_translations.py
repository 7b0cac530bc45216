"""Everything that a reader sees is translated, and compiled as it is written."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from optilearn.courses.captions.format.webvtt.problems import MESSAGES
from reports.catalog.product import product_catalog
from tests.support.messages import messages

ROOT = Path(__file__).resolve().parents[2]
NAME = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")
HINDI = ROOT / "platform" / "optilearn" / "locale" / "hi" / "LC_MESSAGES" / "django.po"


def hindi() -> Catalog:
    with HINDI.open("rb") as file:
        return read_po(file, locale="hi")


def untranslated(texts: set[str]) -> set[str]:
    catalog = hindi()
    return {t for t in texts if t and not (t in catalog and catalog[t].string)}


def compiler() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "compile_messages", ROOT / "scripts" / "compile_messages.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_text_of_code_and_templates_is_translated() -> None:
    catalog = hindi()
    missing = set()
    for path, message in messages():
        texts = (message,) if isinstance(message, str) else message
        found = catalog.get(texts[0])
        forms = found.string if found is not None else ""
        if not (all(forms) and len(forms) > 1 if len(texts) > 1 else forms):
            missing.add((path.name, texts[0]))
    assert missing == set()


def test_translations_keep_the_placeholders() -> None:
    """A name that a translation lacks or invents would be lost, or be an error."""
    wrong = [
        message.id
        for message in hindi()
        if message.id
        for texts in [message.id if isinstance(message.id, tuple) else (message.id,)]
        for forms in [message.string if isinstance(message.string, tuple) else (message.string,)]
        if not {name for form in forms for name in NAME.findall(form)}
        <= {name for text in texts for name in NAME.findall(text)}
    ]
    assert wrong == []


def test_every_word_of_the_captions_validator_is_translated() -> None:
    assert untranslated(set(MESSAGES.values())) == set()


def test_every_label_of_the_catalog_is_translated() -> None:
    labels: set[str] = set()
    for entity in product_catalog(()).entities:
        labels |= {entity.label, entity.row_label}
        labels |= {text for f in entity.fields for text in (f.label, f.description)}
        labels |= {text for f in entity.fields for _code, text in f.choices}
        labels |= {relation.label for relation in entity.relations}
        labels |= {text for m in entity.metrics for text in (m.label, m.description)}
    assert len(labels) > 100
    assert untranslated(labels) == set()


def test_sentences_end_with_a_danda() -> None:
    wrong = [
        message.id
        for message in hindi()
        if isinstance(message.string, str)
        and str(message.id).endswith(".")
        and message.string.endswith(".")
    ]
    assert wrong == []


def test_a_student_has_one_name() -> None:
    """Two words for one thing make people look for a difference."""
    folders = (ROOT / name for name in ("platform", "dashboards", "reports"))
    files = [f for folder in folders for e in ("py", "po", "html") for f in folder.rglob(f"*.{e}")]
    assert [f.name for f in files if "छात्र" in f.read_text(encoding="utf-8")] == []


def test_the_compiled_catalog_is_that_of_the_source() -> None:
    assert HINDI.with_suffix(".mo").read_bytes() == compiler().compiled(HINDI)
