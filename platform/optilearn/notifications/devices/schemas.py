"""Requests and responses of the API of devices."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from optilearn.core.http.envelope import CamelSchema, example

Platform = Literal["ANDROID", "IOS", "WEB"]


class PushTokenIn(CamelSchema):
    """A device's registration with Firebase. Send it at each start: then it counts as in use."""

    model_config = example({"token": "fMzg7:APA91bH2xq", "platform": "ANDROID"})

    token: Annotated[str, StringConstraints(min_length=8, max_length=4096, pattern=r"^[!-~]+$")]
    platform: Platform


class PushTokenOut(CamelSchema):
    """A device that you get pushes on."""

    id: int
    platform: Platform
    hint: str = Field(description="The token's last characters.")
    created_at: datetime
    last_seen_at: datetime
