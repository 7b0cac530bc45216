"""Cut the sample in data/oulad_sample out of the complete OULAD set.

    python scripts/make_oulad_sample.py FOLDER_OF_THE_COMPLETE_SET [TARGET]

The sample holds every row of the modules AAA and GGG, unchanged and in the original order, so that
each figure worked out from it is a true figure of those two modules.
"""

import sys
from pathlib import Path

import polars as pl

MODULES = ("AAA", "GGG")
TABLES = (
    "courses",
    "assessments",
    "vle",
    "studentInfo",
    "studentRegistration",
    "studentAssessment",
    "studentVle",
)
LIMIT_BYTES = 4_000_000


def keep_modules(source: Path, name: str) -> pl.DataFrame:
    """The rows of one table which belong to the kept modules, in their original order."""
    table = pl.read_parquet(source / f"{name}.parquet")
    if "code_module" in table.columns:
        return table.filter(pl.col("code_module").is_in(MODULES))
    # studentAssessment names no module: it belongs to one through its assessment.
    kept = keep_modules(source, "assessments").get_column("id_assessment")
    return table.filter(pl.col("id_assessment").is_in(kept.implode()))


def main(arguments: list[str]) -> int:
    """Write the sample; 1 if it came out larger than a repository should carry."""
    if not arguments:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    source = Path(arguments[0])
    target = Path(arguments[1] if len(arguments) > 1 else "data/oulad_sample")
    target.mkdir(parents=True, exist_ok=True)
    size = 0
    for name in TABLES:
        table = keep_modules(source, name)
        path = target / f"{name}.parquet"
        table.write_parquet(path, compression="zstd", compression_level=19)
        size += path.stat().st_size
        sys.stdout.write(f"{name:20} {table.height:>9,} rows {path.stat().st_size:>10,} bytes\n")
    sys.stdout.write(f"{'in sum':20} {'':>14} {size:>10,} bytes\n")
    return 0 if size < LIMIT_BYTES else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
