"""Cookies that the real Auth.js sets, at our door.

Needs Node with npm; where they are missing, or the registry can't be reached, it says so.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.support.client import call, claims_of
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
Cookies = list[tuple[str, str]]
SignIn = Callable[..., Cookies]
HERE = Path(__file__).resolve().parents[1] / "authjs"
SECRET = settings.AUTH_SECRETS[0]


@pytest.fixture(scope="module")
def sign_in(tmp_path_factory: pytest.TempPathFactory) -> SignIn:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("NOT TRIED: the real Auth.js needs Node and npm, which are missing here")
    folder = tmp_path_factory.mktemp("authjs")
    for name in ("package.json", "package-lock.json", "sign_in.mjs"):
        shutil.copy(HERE / name, folder)
    environment = dict(os.environ) | {"npm_config_cache": str(folder / "cache")}
    installed = subprocess.run(  # noqa: PLW1510 - what went wrong is told below
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    if installed.returncode:
        pytest.skip(f"NOT TRIED: npm can't install the real Auth.js: {installed.stderr[-300:]}")

    def ask(claims: dict[str, Any], **options: Any) -> Cookies:
        wish = {"secrets": [SECRET], "secure": False, "claims": claims} | options
        done = subprocess.run(
            [node, "sign_in.mjs"],
            cwd=folder,
            input=json.dumps([wish]),
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return [(name, value) for name, value in json.loads(done.stdout)[0]]

    return ask


def session(cookies: Cookies) -> tuple[int, dict[str, Any]]:
    return call("GET", "/api/session", Cookie="; ".join(f"{n}={v}" for n, v in cookies))


def test_a_staff_member_and_a_student_are_known(twins: Twins, sign_in: SignIn) -> None:
    for twin in twins:
        for name in ("asha", "मीरा", "pia"):
            cookies = sign_in(claims_of(twin, name))
            assert [n for n, _ in cookies] == [settings.AUTH_COOKIE]
            status, body = session(cookies)
            assert status == 200
            assert body["data"]["personId"] == twin.people[name].pk
            assert body["data"]["institution"] == twin.institution.slug
            token = cookies[0][1]
            assert call("GET", "/api/v1/session", token=token)[0] == 200


def test_a_session_in_chunks_in_any_order(twins: Twins, sign_in: SignIn) -> None:
    claims = claims_of(twins[0], "lena") | {"picture": "x" * 9000}
    cookies = sign_in(claims)
    assert [n for n, _ in cookies] == [f"{settings.AUTH_COOKIE}.{i}" for i in range(4)]
    assert session(cookies)[0] == 200
    assert session(cookies[::-1])[0] == 200
    assert session(cookies[:-1])[0] == 401


def test_rotated_secrets_and_the_cookie_of_production(twins: Twins, sign_in: SignIn) -> None:
    claims = claims_of(twins[0], "asha")
    assert session(sign_in(claims, secrets=["newer", SECRET]))[0] == 401
    assert session(sign_in(claims, secrets=[SECRET, "older"]))[0] == 200
    cookies = sign_in(claims, secure=True)
    assert [n for n, _ in cookies] == ["__Secure-authjs.session-token"]
    # Under another cookie's name the key differs: a token of production is nobody's here.
    assert session([(settings.AUTH_COOKIE, cookies[0][1])])[0] == 401


def test_production_reads_its_own(twins: Twins, sign_in: SignIn, settings: Any) -> None:
    claims = claims_of(twins[0], "asha")
    cookies = sign_in(claims, secure=True, secrets=["newest", SECRET])
    settings.AUTH_COOKIE = "__Secure-authjs.session-token"
    settings.AUTH_SECRETS = ("other", "newest", SECRET)
    assert session(cookies)[0] == 200
