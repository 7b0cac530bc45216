"""The signature of webhooks, against the published vector and the real ``svix`` package."""

from __future__ import annotations

import pytest

from optilearn.core.http.webhooks import BadSignatureError, verify

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLDER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
VECTOR = {
    "svix-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "svix-timestamp": "1614265330",
    "svix-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
BODY = b'{"test": 2432232314}'
THEN = 1_614_265_330.0


def test_the_published_vector() -> None:
    assert verify([SECRET], VECTOR, BODY, THEN) == "msg_p5jXN8AQM9LWM0D4loKWxJek"


def test_neutral_names_and_a_secret_without_its_prefix() -> None:
    headers = {name.replace("svix", "webhook"): value for name, value in VECTOR.items()}
    assert verify([SECRET.removeprefix("whsec_")], headers, BODY, THEN)
    # Svix's own names come first.
    with pytest.raises(BadSignatureError):
        verify([SECRET], headers | VECTOR | {"svix-signature": "v1,AAAA"}, BODY, THEN)


@pytest.mark.parametrize("secrets", [[SECRET, OLDER], [OLDER, SECRET]])
@pytest.mark.parametrize("order", [1, -1])
def test_while_the_secret_changes(secrets: list[str], order: int) -> None:
    made = [VECTOR["svix-signature"], "v1,AAAA", "v1a,AAAA", "v2,x", "nonsense"]
    headers = VECTOR | {"svix-signature": " ".join(made[::order])}
    assert verify(secrets, headers, BODY, THEN)


@pytest.mark.parametrize(
    "changed",
    [
        {"svix-id": "msg_other"},
        {"svix-timestamp": "1614265331"},
        {"svix-timestamp": "1614265330.0"},
        {"svix-timestamp": "-1614265330"},
        {"svix-timestamp": "soon"},
        {"svix-timestamp": "1" * 5_000},
        {"svix-timestamp": ""},
        {"svix-signature": ""},
        {"svix-signature": "v1,"},
        {"svix-signature": "v1,%%%"},
        {"svix-signature": "v1,hello"},
        {"svix-signature": VECTOR["svix-signature"].replace("v1", "v2")},
        {"svix-signature": VECTOR["svix-signature"].removeprefix("v1,")},
    ],
)
def test_what_is_refused(changed: dict[str, str]) -> None:
    with pytest.raises(BadSignatureError):
        verify([SECRET], VECTOR | changed, BODY, THEN)


def test_another_body_or_no_header_or_another_secret() -> None:
    for arguments in (
        ([SECRET], VECTOR, BODY + b" "),
        ([SECRET], {}, BODY),
        ([OLDER], VECTOR, BODY),
        ([], VECTOR, BODY),
    ):
        with pytest.raises(BadSignatureError):
            verify(*arguments, THEN)


def test_five_minutes_either_way() -> None:
    for seconds in (-300, 300):
        assert verify([SECRET], VECTOR, BODY, THEN + seconds)
    for seconds in (-301, 301):
        with pytest.raises(BadSignatureError):
            verify([SECRET], VECTOR, BODY, THEN + seconds)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_%%%"])
def test_a_secret_that_is_none_is_an_error(secret: str) -> None:
    with pytest.raises(ValueError, match="secret"):
        verify([secret], VECTOR, BODY, THEN)
