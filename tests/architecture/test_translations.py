"""Everything that a reader sees is translated, and compiled as it is written."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from optilearn.courses.captions.format.webvtt.problems import MESSAGES
from reports.catalog.product import product_catalog

ROOT = Path(__file__).resolve().parents[2]
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


def test_every_message_of_the_code_is_translated() -> None:
    found = {
        str(message)
        for _, _, message, _, _ in extract_from_dir(
            str(ROOT / "platform" / "optilearn"), [("**.py", "python")], keywords={"_": None}
        )
    }
    assert len(found) >= 8
    assert untranslated(found) == set()


def test_every_word_of_the_captions_validator_is_translated() -> None:
    assert untranslated(set(MESSAGES.values())) == set()


def test_every_label_of_the_catalog_is_translated() -> None:
    labels: set[str] = set()
    for entity in product_catalog(()).entities:
        labels |= {entity.label, entity.row_label}
        labels |= {text for f in entity.fields for text in (f.label, f.description)}
        labels |= {relation.label for relation in entity.relations}
        labels |= {text for m in entity.metrics for text in (m.label, m.description)}
    assert len(labels) > 100
    assert untranslated(labels) == set()


def test_the_compiled_catalog_is_that_of_the_source() -> None:
    assert HINDI.with_suffix(".mo").read_bytes() == compiler().compiled(HINDI)
