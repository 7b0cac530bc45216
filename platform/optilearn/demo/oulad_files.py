"""Reading the Open University Learning Analytics Dataset (Kuzilek et al. 2017, CC BY 4.0)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl


class SourceError(ValueError):
    """The dataset can't be used; the message names the file, the place and the reason."""


INTEGER: Final = "a whole number"
TEXT: Final = "text"

FILES: Final[Mapping[str, Mapping[str, str]]] = {
    "courses": {
        "code_module": TEXT,
        "code_presentation": TEXT,
        "module_presentation_length": INTEGER,
    },
    "assessments": {
        "code_module": TEXT,
        "code_presentation": TEXT,
        "id_assessment": INTEGER,
        "assessment_type": TEXT,
        "date": INTEGER,
        "weight": "a number",
    },
    "vle": {
        "id_site": INTEGER,
        "code_module": TEXT,
        "code_presentation": TEXT,
        "activity_type": TEXT,
    },
    "studentInfo": {
        "code_module": TEXT,
        "code_presentation": TEXT,
        "id_student": INTEGER,
        "gender": TEXT,
        "region": TEXT,
        "highest_education": TEXT,
        "imd_band": TEXT,
        "age_band": TEXT,
        "num_of_prev_attempts": INTEGER,
        "studied_credits": INTEGER,
        "disability": TEXT,
        "final_result": TEXT,
    },
    "studentRegistration": {
        "code_module": TEXT,
        "code_presentation": TEXT,
        "id_student": INTEGER,
        "date_registration": INTEGER,
        "date_unregistration": INTEGER,
    },
    "studentAssessment": {
        "id_assessment": INTEGER,
        "id_student": INTEGER,
        "date_submitted": INTEGER,
        "is_banked": INTEGER,
        "score": "a number",
    },
    "studentVle": {
        "code_module": TEXT,
        "code_presentation": TEXT,
        "id_student": INTEGER,
        "id_site": INTEGER,
        "date": INTEGER,
        "sum_click": INTEGER,
    },
}

NULLABLE: Final = frozenset(
    {
        ("assessments", "date"),
        ("studentInfo", "imd_band"),
        ("studentRegistration", "date_registration"),
        ("studentRegistration", "date_unregistration"),
        ("studentAssessment", "score"),
    }
)
"""Columns in which the original has gaps."""

_FAMILIES: Final[Mapping[str, Callable[[pl.DataType], bool]]] = {
    INTEGER: lambda t: t.is_integer(),
    "a number": lambda t: t.is_numeric(),
    TEXT: lambda t: t in {pl.String, pl.Categorical, pl.Enum},
}


@dataclass(frozen=True)
class Dataset:
    """The seven files, checked. ``events`` stays on disk: it has millions of rows."""

    folder: Path
    courses: pl.DataFrame
    assessments: pl.DataFrame
    vle: pl.DataFrame
    info: pl.DataFrame
    registrations: pl.DataFrame
    submissions: pl.DataFrame
    events: Path
    event_count: int
    digest: str


def read(folder: Path) -> Dataset:
    """Read and check the dataset. Raises ``SourceError``."""
    paths = {name: folder / f"{name}.parquet" for name in FILES}
    missing = [p.name for p in paths.values() if not p.is_file()]
    if missing:
        raise SourceError(f"{folder} lacks {', '.join(missing)}.")
    for name, path in paths.items():
        _check_columns(name, path)
    small = {name: _read(name, paths[name]) for name in FILES if name != "studentVle"}
    return Dataset(
        folder=folder,
        courses=small["courses"],
        assessments=small["assessments"],
        vle=small["vle"],
        info=small["studentInfo"],
        registrations=small["studentRegistration"],
        submissions=small["studentAssessment"],
        events=paths["studentVle"],
        event_count=pl.scan_parquet(paths["studentVle"]).select(pl.len()).collect().item(),
        digest=_digest(list(paths.values())),
    )


def check_rows(name: str, frame: pl.DataFrame, *, first_row: int = 0) -> pl.DataFrame:
    """The frame, if no value is missing where the original has all of them.

    Raises ``SourceError`` with the file, the row (from 1) and the column.
    """
    for column in FILES[name]:
        if (name, column) in NULLABLE or not frame[column].null_count():
            continue
        at = frame[column].is_null().arg_max() or 0
        raise SourceError(
            f"{name}.parquet, row {first_row + at + 1}: {column} is missing; it must hold "
            f"{FILES[name][column]}."
        )
    return frame


def _check_columns(name: str, path: Path) -> None:
    try:
        schema = pl.read_parquet_schema(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SourceError(f"{path.name} is no readable Parquet file ({error}).") from error
    for column, family in FILES[name].items():
        if column not in schema:
            raise SourceError(f"{path.name} lacks the column {column}; it has {', '.join(schema)}.")
        if not _FAMILIES[family](schema[column]):
            raise SourceError(
                f"{path.name}: the column {column} holds {schema[column]}; it must hold {family}."
            )


def _read(name: str, path: Path) -> pl.DataFrame:
    try:
        frame = pl.read_parquet(path, columns=list(FILES[name]))
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SourceError(f"{path.name} is damaged ({error}).") from error
    return check_rows(name, frame)


def _digest(paths: list[Path]) -> str:
    total = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()
