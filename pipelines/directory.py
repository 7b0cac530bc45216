"""The asset upstream of snapshots: the copy of OptiCRM's classes, sections and people.

It runs the product's own command, as pipelines don't know OptiCRM. A failed refresh stops
nothing: snapshots then have the last good copy, and the asset's metadata show its age and the
reason.
"""

# Without postponed annotations: Dagster reads the type of ``context``.

import json
import subprocess
import sys
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import dagster as dg

from pipelines.institutions import INSTITUTIONS

# As for the snapshots: one run for many institutions is what Dagster calls beta.
warnings.filterwarnings("ignore", message=".*backfill_policy", category=dg.BetaWarning)

Line = Mapping[str, Any]

STARTING_SECONDS: Final = 120.0
SECONDS_EACH: Final = 60.0
"""More than OptiCRM's own time limits let a refresh take; beyond it something hangs."""


@dataclass(frozen=True)
class Directory:
    """Runs the product's command; ``command`` is its beginning, before the institutions."""

    command: tuple[str, ...] = (sys.executable, "-m", "optilearn", "refresh_directory")

    def refresh(self, slugs: Sequence[str]) -> tuple[dict[str, Line], str]:
        """Return the command's output for each institution, and its errors."""
        words = [*self.command, *(word for slug in slugs for word in ("--institution", slug))]
        problem, output = "", b""
        try:
            done = subprocess.run(
                words,
                check=False,
                capture_output=True,
                timeout=STARTING_SECONDS + SECONDS_EACH * len(slugs),
            )
        except subprocess.TimeoutExpired as error:
            output, problem = error.stdout or b"", "it did not end in time"
        except OSError as error:
            problem = f"it could not be started: {error}"
        else:
            output = done.stdout
            if done.returncode:
                last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
                problem = " ".join([f"it ended with {done.returncode}.", *last])
        return _lines(output), problem


@dg.resource(description="Refreshes the copy of OptiCRM's people by the product's own command.")
def directory_resource(_: dg.InitResourceContext) -> Directory:
    """The resource of every run that Dagster launches."""
    return Directory()


@dg.asset(
    partitions_def=INSTITUTIONS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    required_resource_keys={"directory"},
    group_name="snapshots",
    kinds={"postgres"},
)
def directory(context: dg.AssetExecutionContext) -> None:
    """The institution's classes, sections and people as OptiCRM has them, or last had them."""
    command: Directory = context.resources.directory
    slugs = list(context.partition_keys)
    lines, problem = command.refresh(slugs)
    for slug in slugs:
        line = lines.get(slug) or {"problem": f"The refresh did not get here: {problem}"}
        if line["problem"]:
            context.log.warning("%s keeps the last roster: %s", slug, line["problem"])
        context.add_asset_metadata(
            {name: value for name, value in _metadata(line).items() if value is not None},
            partition_key=slug,
        )


def _metadata(line: Line) -> dict[str, Any]:
    return {
        "refreshed": not line["problem"],
        "roster_of": line.get("refreshed_at") or "never",
        "students": line.get("students"),
        "changed": line.get("changed"),
        "deactivated": line.get("deactivated"),
        "problem": line["problem"] or None,
    }


def _lines(output: bytes) -> dict[str, Line]:
    """Parse the command's lines by institution; other output is ignored."""
    found: dict[str, Line] = {}
    for text in output.decode(errors="replace").splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict) and "problem" in line and "institution" in line:
            found[str(line["institution"])] = line
    return found
