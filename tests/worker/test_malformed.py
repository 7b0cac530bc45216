"""A real worker goes on, whatever lies in its queue."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from tests.support.services import redis_url

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
OWN_DATABASE = 7
TASK = "files.sweep_orphans"


def whole(body: bytes = b"[[],{},{}]", **headers: Any) -> dict[str, Any]:
    """A message as Celery sends it, of a task that is refused for lack of an institution."""
    return {
        "body": base64.b64encode(body).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {"lang": "py", "task": TASK, "id": "one", "root_id": "one"} | headers,
        "properties": {
            "correlation_id": "one",
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": "default"},
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": "tag-of-one",
        },
    }


def spoiled(place: str, value: object) -> bytes:
    """A whole message but for one value: ``place`` is a dotted path, None leaves it out."""
    message = whole()
    part: Any = message
    *way, last = place.split(".")
    for step in way:
        part = part[step]
    if value is None:
        del part[last]
    else:
        part[last] = value
    return json.dumps(message).encode()


NO_JSON = [b"hello", b"\xff\xfe\x00", b"", b"[" * 100_000, b"1" * 6_000, b'{"body":']
NO_MESSAGE = [b"null", b"1", b'"x"', b"[]", b"[1]", b"{}", b"true", b'{"__type__":1}']
PLACES: dict[str, list[Any]] = {
    "body": [None, 5, ["x"], "%%%"],
    "headers": [None, [1], "x", {}],
    "headers.task": [None, 5, [1], "no.such.task"],
    "headers.id": [None, 5, [1]],
    "headers.timelimit": [
        5,
        "x",
        {},
        [1],
        [1, 2, 3],
        ["a", "b"],
        [0, 0],
        [-1, None],
        [1e300, 1],
        [float("nan"), None],
        [[1], [2]],
        [True, True],
    ],
    "headers.compression": [5, [1], "no-such", "zlib", {}],
    "headers.eta": [5, "x", [], "9" * 50],
    "headers.expires": ["x", [], {}, 5],
    "headers.retries": ["x", -1, [], 1.5],
    "headers.shadow": [5, [1]],
    "headers.root_id": [5, [1], {}],
    "headers.parent_id": [5, [1], {}],
    "headers.group": [5, [1]],
    "headers.group_index": ["x", [1]],
    "headers.argsrepr": [5, [1]],
    "headers.origin": [5, [1]],
    "headers.ignore_result": ["x", [1]],
    "headers.replaced_task_nesting": ["x", [1]],
    "headers.stamped_headers": [5, "x", [[1]], {"a": 1}],
    "headers.stamps": [5, "x", [1]],
    "properties": [None, [], "x", {}],
    "properties.priority": ["x", [1]],
    "properties.correlation_id": [5, [1]],
    "properties.delivery_tag": [None, 5, ["x"]],
    "properties.delivery_info": [None, [], {}],
    "properties.body_encoding": ["rot13", 5],
    "properties.reply_to": [[1]],
    "content-type": [None, 5, [], "application/x-python-serialize"],
    "content-encoding": ["no-such", [1]],
}
SPOILED = [spoiled(place, value) for place, values in PLACES.items() for value in values]
BODIES = [
    b'[[],{},{"id":5}]',
    b'[[],{},{"chain":[5]}]',
    b'[[],{},{"callbacks":"x"}]',
    b'{"args":[],"kwargs":{},"timelimit":5}',
    b'{"task":"files.sweep_orphans","id":"x","args":[],"kwargs":{},"timelimit":5}',
    b"{{{",
    b"null",
    b"[1,2,3]",
    b"[[]]",
    b'["x",{},{}]',
    b"[[],[],{}]",
    b"[" * 50_000,
]


@pytest.fixture(scope="module")
def broker() -> Iterator[redis.Redis]:
    """The queues of nobody else."""
    client = redis.Redis.from_url(f"{redis_url().rsplit('/', 1)[0]}/{OWN_DATABASE}")
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


@pytest.fixture(scope="module")
def worker(broker: redis.Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The worker as the Procfile starts it."""
    url = f"{redis_url().rsplit('/', 1)[0]}/{OWN_DATABASE}"
    command = [sys.executable, "-m", "celery", "-A", "worker.app", "worker"]
    options = [
        "--loglevel",
        "WARNING",
        "--concurrency",
        "1",
        "--without-gossip",
        "--without-mingle",
    ]
    said = tmp_path_factory.mktemp("worker") / "said"
    with said.open("wb") as log:
        process = subprocess.Popen(
            command + options,
            env=os.environ | {"REDIS_URL": url, "DATABASE_URL": "postgres://a:b@127.0.0.1:1/c"},
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
    try:
        broker.lpush("default", json.dumps(whole()))
        _until(lambda: not _waiting(broker))
        yield process, said
    finally:
        process.terminate()
        process.wait(60)


@pytest.mark.slow
@pytest.mark.parametrize(
    "items",
    [
        pytest.param(NO_JSON, id="no JSON"),
        pytest.param(NO_MESSAGE, id="no message"),
        pytest.param(SPOILED, id="a spoiled part"),
        pytest.param([json.dumps(whole(b)).encode() for b in BODIES], id="a spoiled body"),
    ],
)
def test_the_worker_drops_what_is_malformed(
    items: list[bytes], broker: redis.Redis, worker: Any
) -> None:
    process, said = worker
    before = said.stat().st_size
    for item in items:
        broker.lpush("default", item)
    broker.lpush("default", json.dumps(whole()))
    _until(lambda: process.poll() is not None or not _waiting(broker))
    assert process.poll() is None
    assert said.stat().st_size > before


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda part: (
        st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=8), part, max_size=3)
    ),
    max_leaves=10,
)


@given(json_values)
def test_what_is_no_envelope_is_never_accepted_as_one(value: object) -> None:
    from worker.envelopes import MalformedMessageError, check_envelope

    check_envelope(whole())
    with pytest.raises(MalformedMessageError):
        check_envelope(value)


def test_what_celery_sends_is_a_task() -> None:
    from worker.app import app
    from worker.envelopes import check_task

    for options in (
        {},
        {"countdown": 5, "expires": 60, "retries": 2, "time_limit": 30, "soft_time_limit": 20.5},
        {"group_id": "g", "group_index": 1, "parent_id": "p", "shadow": "s", "ignore_result": True},
        {"chain": [app.signature("a")], "callbacks": [app.signature("b")], "chord": {"task": "c"}},
        {"stamped_headers": ["by"], "by": "us"},
    ):
        sent = app.amqp.as_task_v2("id", TASK, [1], {"institution_id": 1}, **options)
        check_task(sent.headers, json.loads(json.dumps(sent.body)))


def _waiting(broker: redis.Redis) -> int:
    return int(broker.llen("default")) + int(broker.hlen("unacked"))


def _until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)
