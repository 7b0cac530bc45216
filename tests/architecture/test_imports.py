"""Rules on imports that import-linter can't state, or can't see."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.support import (
    ROOT,
    SOURCE_FOLDERS,
    imported_modules,
    module_of,
    python_files,
    tree_of,
    where,
)

BOUNDED_CACHE = "reports.bounded_cache"
"""Knows nothing of reports: a cache bounded in bytes."""
ZONES = "reports.zones"
"""Whoever reads zones imports it first: there is one book of them."""
REPORTS_DOOR = ("reports.api", "reports.contracts", "reports.errors")
MAY_ENTER_REPORTS = ("optilearn.analytics", "optilearn.core.access.report_scope")
READ_THE_ENVIRONMENT = (
    "optilearn.config.env",
    "optilearn.config.wsgi",
    "optilearn.config.asgi",
    "optilearn.embedded.membership",  # hands ours on to the supervisor
    "pipelines.resources",
    "worker.app",  # names the settings module before Django is set up
)


def is_in(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def imports_of(*folders: str) -> Iterator[tuple[Path, str, str]]:
    for path in python_files(*folders):
        for target in imported_modules(path):
            yield path, module_of(path), target


@pytest.mark.slow
def test_the_contracts_of_import_linter_hold() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [program, "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_reports_is_entered_by_its_door_and_by_few() -> None:
    wrong = [
        f"{where(path)} imports {target}"
        for path, module, target in imports_of("platform", "dashboards", "worker")
        if is_in(target, "reports")
        and not is_in(target, BOUNDED_CACHE)
        and (module, target) != ("optilearn.config.settings", ZONES)
        and (
            not is_in(target, *REPORTS_DOOR)
            or (is_in(module, "optilearn") and not is_in(module, *MAY_ENTER_REPORTS))
        )
    ]
    assert not wrong, "\n".join(wrong)


def test_pipelines_know_the_snapshots_layout_and_one_service() -> None:
    wrong = [
        f"{where(path)} imports {target}"
        for path, module, target in imports_of("pipelines")
        if (is_in(target, "reports") and not is_in(target, "reports.snapshot", ZONES))
        or is_in(target, "dashboards", "worker")
        or (
            is_in(target, "optilearn")
            and not (
                is_in(module, "pipelines.work")
                and is_in(target, "optilearn.analytics.pipeline_api")
            )
        )
    ]
    assert not wrong, "\n".join(wrong)


def test_nobody_imports_what_comes_after_them() -> None:
    wrong = [
        f"{where(path)} imports {target}"
        for path, _, target in imports_of("platform", "dashboards", "reports", "worker")
        if is_in(target, "pipelines") or (is_in(target, "worker") and "worker" not in path.parts)
    ]
    assert not wrong, "\n".join(wrong)


PRIVATE = {"api", "views", "schemas", "policies"}
"""Parts of an app, by module or folder, that are its own wherever they stand in it."""


def is_private(module: str) -> bool:
    """Whether a module is of such a part: ``files.objects_api`` is, ``courses.captions.policies``.

    ``target`` may end in an imported name, which is no module and matches nothing.
    """
    parts = module.split(".")[2:]
    return any(part in PRIVATE or part.endswith(("_api", "_views")) for part in parts)


def is_routing(path: Path) -> bool:
    """Whether a file has routes or pages: ``api.py``, ``api_state.py``, ``objects_api.py``."""
    parts = {*path.with_suffix("").parts}
    return (
        bool(parts & {"api", "views", "web"})
        or path.stem.startswith("api_")
        or path.stem.endswith("_api")
    )


def test_routes_and_private_parts_are_recognized() -> None:
    """The rules below see an app's parts in every shape that they have."""
    routing = {module_of(path) for path in python_files("platform") if is_routing(path)}
    assert {
        "optilearn.courses.api.content",
        "optilearn.courses.captions.api",
        "optilearn.enrollment.api",
        "optilearn.activity.xapi.api.state",
        "optilearn.notifications.inbox.api",
        "optilearn.notifications.unsubscribing.views",
    } <= routing
    assert is_private("optilearn.courses.captions.policies.register")
    assert is_private("optilearn.enrollment.api.learning")
    assert is_private("optilearn.files.objects_api")
    assert not is_private("optilearn.courses.selectors.access")


def is_schema(target: str) -> bool:
    """Whether a module is an app's wire: what its services and selectors take."""
    return "schemas" in target.split(".")


def test_across_apps_only_services_and_selectors() -> None:
    """An app's routers, schemas and policies are its own; its models may be referred to.

    Pages read forms by the same schemas as the API, so that both refuse the same.
    """
    above = {"config", "core", "demo"}
    apps = {
        path.parent.name
        for path in python_files("platform")
        if path.name == "apps.py" and path.parent.name not in above
    }
    wrong = []
    for path, module, target in imports_of("platform"):
        own, parts = [*module.split("."), ""][1], target.split(".")
        if own not in apps or parts[0] != "optilearn" or len(parts) < 3:
            continue
        if own == "web" and is_schema(target):
            continue
        if parts[1] in apps - {own} and is_private(target):
            wrong.append(f"{where(path)} imports {target}")
    assert not wrong, "\n".join(wrong)


def test_routers_and_pages_never_import_models() -> None:
    wrong = [
        f"{where(path)} imports {target}"
        for path, _, target in imports_of("platform")
        if is_routing(path) and target.startswith("optilearn.") and ".models" in target
    ]
    assert not wrong, "\n".join(wrong)


def test_nothing_is_imported_behind_the_linters_back() -> None:
    """`importlib.import_module` and `apps.get_model` are for core alone."""
    wrong = []
    for path in python_files(*SOURCE_FOLDERS):
        if is_in(module_of(path), "optilearn.core"):
            continue
        for node in ast.walk(tree_of(path)):
            hidden = (
                (isinstance(node, ast.Attribute) and node.attr in {"import_module", "get_model"})
                or (isinstance(node, ast.Name) and node.id in {"import_module", "__import__"})
                or (
                    isinstance(node, ast.ImportFrom)
                    and node.module == "importlib"
                    and any(alias.name == "import_module" for alias in node.names)
                )
            )
            if hidden:
                wrong.append(where(path, getattr(node, "lineno", 0)))
    assert not wrong, "\n".join(wrong)


def reads_environment(node: ast.AST) -> bool:
    words = {"environ", "getenv"}
    if isinstance(node, ast.ImportFrom) and node.module == "os":
        return bool({alias.name for alias in node.names} & words)
    return (
        isinstance(node, ast.Attribute)
        and node.attr in words
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    )


def test_the_environment_is_read_in_one_place() -> None:
    wrong = [
        where(path, getattr(node, "lineno", 0))
        for path in python_files(*SOURCE_FOLDERS)
        if not is_in(module_of(path), *READ_THE_ENVIRONMENT)
        for node in ast.walk(tree_of(path))
        if reads_environment(node)
    ]
    assert not wrong, "\n".join(wrong)


def test_what_is_imported_is_declared() -> None:
    """Every third-party package that the product's code imports stands in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {_distribution(line) for line in project["dependencies"]}
    declared |= {_distribution(line) for line in project["optional-dependencies"]["embedded"]}
    wrong = set()
    for path, _, target in imports_of(*SOURCE_FOLDERS):
        top = target.split(".")[0]
        if top in sys.stdlib_module_names or top in {"optilearn", *SOURCE_FOLDERS}:
            continue
        if not DISTRIBUTIONS.get(top, {top.replace("_", "-")}) & declared:
            wrong.add(f"{where(path)} imports {top}")
    assert not wrong, "\n".join(sorted(wrong))


DISTRIBUTIONS = {
    "yaml": {"pyyaml"},
    "adbc_driver_manager": {"adbc-driver-manager"},
    "botocore": {"boto3"},
    "dateutil": {"python-dateutil"},
    "google": {"google-auth"},
    "kombu": {"celery"},
    "liquid": {"python-liquid"},
    "markdown_it": {"markdown-it-py"},
    "jwt": {"pyjwt"},
    "mypy_boto3_s3": {"boto3"},  # its types, for the type checker alone
    "ninja": {"django-ninja"},
    "urllib3": {"requests"},
    "pydantic": {"django-ninja"},
    "pydantic_core": {"django-ninja"},
}


def _distribution(requirement: str) -> str:
    name = requirement
    for stop in "[<>=~! ;":
        name = name.split(stop)[0]
    return name.lower().replace("_", "-")
