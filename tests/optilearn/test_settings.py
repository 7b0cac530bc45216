"""Secrets of development never serve anybody."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

OURS = {
    "SECRET_KEY": "one of ours that nobody could guess",
    "AUTH_SECRETS": "another of ours and no easier to guess",
}
BEFORE = "one of before as long as the others"
THEIRS = "development-only-" + "secret"


def start(**environment: str) -> str:
    """What the settings say to this environment; empty if they load."""
    names = ("SECRET_KEY", "SECRET_KEY_FALLBACKS", "AUTH_SECRETS")
    kept = {name: value for name, value in os.environ.items() if name not in names}
    loaded = subprocess.run(
        [sys.executable, "-c", "import optilearn.config.settings"],
        env=kept | {"DEBUG": "false"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert bool(loaded.stderr) == bool(loaded.returncode)
    return loaded.stderr.strip().rpartition("\n")[2]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", THEIRS),
        ("SECRET_KEY", ""),
        ("AUTH_SECRETS", f"{THEIRS},{THEIRS}"),
        ("AUTH_SECRETS", ""),
        ("SECRET_KEY_FALLBACKS", f"{THEIRS},{THEIRS}"),
    ],
)
def test_without_debug_nothing_starts_on_a_secret_that_everybody_knows(
    name: str, value: str
) -> None:
    said = start(**OURS | {name: value})
    assert "SettingError" in said
    assert "SECRET" in said
    assert THEIRS not in said


def test_with_secrets_of_ones_own_it_starts() -> None:
    assert start(**OURS, SECRET_KEY_FALLBACKS=BEFORE) == ""


@pytest.mark.parametrize("name", ["SECRET_KEY", "SECRET_KEY_FALLBACKS", "AUTH_SECRETS"])
@pytest.mark.parametrize(
    "value", ["x", "a" * 64, "short but of many kinds 123", "0123456789abcdef"]
)
def test_a_secret_that_can_be_guessed_starts_nothing(name: str, value: str) -> None:
    said = start(**OURS | {name: value})
    assert "at least 32 characters" in said
    assert value not in said


JITSI = {
    "JITSI_URL": "https://meet.example.org/",
    "JITSI_APP_ID": "optilearn",
    "JITSI_APP_SECRET": "a secret of the video server 123",
}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, ""),
        ({"JITSI_APP_SECRET": ""}, "or none of them"),
        ({"JITSI_URL": "", "JITSI_APP_ID": ""}, "or none of them"),
        ({"JITSI_URL": "http://meet.example.org"}, "https://"),
        ({"JITSI_APP_SECRET": "too short for HS256"}, "32 bytes"),
    ],
)
def test_a_video_server_is_set_up_whole(changes: dict[str, str], problem: str) -> None:
    said = start(**OURS | JITSI | changes)
    assert problem in said
    assert bool(said) == bool(problem)
    assert "too short" not in said


JIBRIS = {
    "JIBRI_URLS": "http://10.0.0.5:2222/,http://10.0.0.6:2222",
    "JIBRI_DOMAIN": "recorder.meet.example.org",
    "JIBRI_USERNAME": "recorder",
    "JIBRI_PASSWORD": "a password of the recorders",
    "RECORDING_WEBHOOK_SECRETS": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, ""),
        ({"JIBRI_PASSWORD": ""}, "or none of them"),
        ({"RECORDING_WEBHOOK_SECRETS": ""}, "or none of them"),
        ({"JITSI_URL": "", "JITSI_APP_ID": "", "JITSI_APP_SECRET": ""}, "or none of them"),
        ({"JIBRI_URLS": "http://10.0.0.5:2222,http://10.0.0.5:2222/"}, "each once"),
        ({"JIBRI_URLS": "10.0.0.5:2222"}, "http://"),
        ({"JIBRI_URLS": "http://name:word@10.0.0.5:2222"}, "http://"),
        ({"JIBRI_URLS": "http://10.0.0.5:port"}, "http://"),
    ],
)
def test_recording_is_set_up_whole(changes: dict[str, str], problem: str) -> None:
    said = start(**OURS | JITSI | JIBRIS | changes)
    assert problem in said
    assert bool(said) == bool(problem)
    assert "name:word" not in said


def test_what_is_set_for_the_run_outlives_an_override() -> None:
    from django.conf import settings as django_settings
    from django.test import override_settings

    from tests.support.settings import set_for_the_run

    before = django_settings.OPTICRM_API_KEY
    try:
        with override_settings(OPTICRM_API_KEY="a test's", APP_URL="x"):
            set_for_the_run(OPTICRM_API_KEY="the run's")
            assert django_settings.OPTICRM_API_KEY == "a test's"
        assert django_settings.OPTICRM_API_KEY == "the run's"
    finally:
        set_for_the_run(OPTICRM_API_KEY=before)
