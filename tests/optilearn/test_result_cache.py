"""Kept answers: the right bytes, worked out once, and never in the way."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optilearn.analytics import result_cache
from optilearn.analytics.result_cache import CachedAnswer, ResultCache, engine_version, key_of
from optilearn.analytics.single_flight import Deadline
from optilearn.core import valkey
from optilearn.core.http.envelope import encode
from optilearn.core.valkey import Lease, Valkey
from optilearn.embedded import ensure
from optilearn.embedded.services import Services
from reports.cancellation import Cancellation
from reports.contracts import AnswerIdentity, Result
from reports.errors import ReportCancelled, ReportTimeout, ReportTooLarge
from tests.optilearn.caching import DAY, MOST, Computing, deadline, other_process, result
from tests.support.services import redis_url

KEY = "optilearn:result:test"


@pytest.fixture
def cache(server: Valkey) -> ResultCache:
    return ResultCache(server, DAY, MOST)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as threads:
        yield threads


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Services]:
    with ensure(tmp_path, postgres=False, valkey=True, durable=False) as services:
        yield services


def now(cells: Any = "x") -> Computing:
    return Computing(result(cells), at_once=True)


def values(kept: CachedAnswer) -> list[Any]:
    return [row[0] for row in json.loads(kept.data(0, cached=True))["rows"]]


# -- what is kept


@pytest.mark.parametrize("cached", [True, False])
def test_the_bytes_are_those_of_the_result(cached: bool) -> None:
    tricky = ["नमस्ते", 'a "ms":1.0,"cached":false}}', None, Decimal("12345678901234567.25"), 7, ""]
    made = result(*tricky)
    data = CachedAnswer.of(made).data(3.25, cached=cached)
    wire = made.to_wire() | {"meta": made.to_wire()["meta"] | {"ms": 3.2, "cached": cached}}
    assert json.loads(data, parse_float=Decimal) == json.loads(encode(wire), parse_float=Decimal)
    assert b"12345678901234567.25" in data


def test_it_is_worked_out_once_and_found_again(cache: ResultCache, server: Valkey) -> None:
    compute = now("कल")
    assert cache.find(KEY) is None
    kept, cached = cache.answer(KEY, compute, deadline())
    assert (values(kept), cached, compute.times) == (["कल"], False, 1)
    assert cache.find(KEY) == kept
    assert cache.answer(KEY, compute, deadline()) == (kept, True)
    assert compute.times == 1
    assert 0 < server.call("TTL", KEY) <= DAY
    assert server.call("KEYS", f"{KEY}*") == [KEY.encode()]  # no lease is left


def test_a_value_that_answers_another_question_is_not_taken(
    cache: ResultCache, server: Valkey
) -> None:
    cache.answer(KEY, now("theirs"), deadline())
    for other in (f"{KEY}2", KEY[:-1]):
        server.call("SET", other, server.call("GET", KEY))
        assert cache.find(other) is None
        kept, cached = cache.answer(other, now("ours"), deadline())
        assert (values(kept), cached) == (["ours"], False)


NAMES = st.text("0123456789abcdef", min_size=1, max_size=3)
MAYBE = NAMES | st.just("")
IDENTITIES = st.tuples(
    st.integers(1, 30), st.builds(AnswerIdentity, NAMES, NAMES, MAYBE, MAYBE, MAYBE, NAMES)
)


@given(IDENTITIES, IDENTITIES)
def test_two_questions_share_a_key_only_if_they_are_one(
    one: tuple[int, AnswerIdentity], two: tuple[int, AnswerIdentity]
) -> None:
    assert (key_of(*one) == key_of(*two)) is (one == two)
    assert engine_version() in key_of(*one)


def test_without_time_to_keep_nothing_is_kept(server: Valkey) -> None:
    cache, compute = ResultCache(server, 0, MOST), now()
    for _ in range(2):
        assert cache.find(KEY) is None
        assert cache.answer(KEY, compute, deadline())[1] is False
    assert compute.times == 2
    assert server.call("KEYS", f"{KEY}*") == []


def test_a_large_answer_is_not_kept_and_nobody_waits_for_it(
    server: Valkey, pool: ThreadPoolExecutor
) -> None:
    cache, other = ResultCache(server, DAY, 2_000), ResultCache(server, DAY, 2_000)
    large = now("x" * 2_000)
    assert cache.answer(KEY, large, deadline())[1] is False
    assert server.call("STRLEN", KEY) < 200
    assert cache.find(KEY) is None
    slow = Computing(result("y" * 2_000))
    first = pool.submit(cache.answer, KEY, slow, deadline())
    assert slow.began.wait(60)
    kept, cached = other.answer(KEY, large, deadline())  # while the first is at it
    assert (len(values(kept)[0]), cached) == (2_000, False)
    slow.go_on.set()
    assert first.result()[1] is False


# -- once, however many ask


def test_threads_share_one_computation(cache: ResultCache, pool: ThreadPoolExecutor) -> None:
    slow = Computing(result("once"))
    asked = [pool.submit(cache.answer, KEY, slow, deadline()) for _ in range(16)]
    assert slow.began.wait(60)
    slow.go_on.set()
    answers = [one.result() for one in asked]
    assert {tuple(values(kept)) for kept, _ in answers} == {("once",)}
    assert sorted(cached for _, cached in answers) == [False] + [True] * 15
    assert slow.times == 1


def test_questions_do_not_wait_for_other_questions(
    cache: ResultCache, pool: ThreadPoolExecutor
) -> None:
    slow = Computing(result("slow"))
    first = pool.submit(cache.answer, KEY, slow, deadline())
    assert slow.began.wait(60)
    assert values(cache.answer(f"{KEY}2", now("quick"), deadline())[0]) == ["quick"]
    slow.go_on.set()
    first.result()


def test_a_failure_is_everybodys_and_is_not_kept(
    cache: ResultCache, server: Valkey, pool: ThreadPoolExecutor
) -> None:
    slow = Computing(ReportTooLarge())
    first = pool.submit(cache.answer, KEY, slow, deadline())
    assert slow.began.wait(60)
    others = [pool.submit(cache.answer, KEY, now(), deadline()) for _ in range(8)]
    threading.Event().wait(0.3)  # they are all waiting now
    slow.go_on.set()
    for one in (first, *others):
        with pytest.raises(ReportTooLarge):
            one.result()
    assert server.call("KEYS", f"{KEY}*") == []
    assert cache.answer(KEY, now("better"), deadline())[1] is False


def test_one_who_is_cancelled_leaves_the_question_to_the_next(
    cache: ResultCache, pool: ThreadPoolExecutor
) -> None:
    cancelled, next_ones = Computing(ReportCancelled()), now("done")
    first = pool.submit(cache.answer, KEY, cancelled, deadline())
    assert cancelled.began.wait(60)
    others = [pool.submit(cache.answer, KEY, next_ones, deadline()) for _ in range(5)]
    threading.Event().wait(0.2)
    cancelled.go_on.set()
    with pytest.raises(ReportCancelled):
        first.result()
    assert {tuple(values(one.result()[0])) for one in others} == {("done",)}
    assert next_ones.times == 1


def test_who_waits_does_so_for_a_while_only(cache: ResultCache, pool: ThreadPoolExecutor) -> None:
    slow = Computing(result("slow"))
    first = pool.submit(cache.answer, KEY, slow, deadline())
    assert slow.began.wait(60)
    for one in (cache, ResultCache(cache._server, DAY, MOST)):  # here, and in another process
        with pytest.raises(ReportTimeout):
            one.answer(KEY, now(), deadline(0.2))
        unwanted = Cancellation()
        unwanted.cancel()
        with pytest.raises(ReportCancelled):
            one.answer(KEY, now(), Deadline(deadline().started, 60, unwanted))
    slow.go_on.set()
    assert first.result()[1] is False


# -- between processes


def test_another_process_is_waited_for(cache: ResultCache, pool: ThreadPoolExecutor) -> None:
    mine = now("mine")
    with other_process(redis_url(), KEY) as process:
        asked = [pool.submit(cache.answer, KEY, mine, deadline()) for _ in range(4)]
        threading.Event().wait(1.0)  # more than twice its lease: it is renewed
        assert not any(one.done() for one in asked)
        process.communicate("go\n")
        answers = [one.result() for one in asked]
    assert {tuple(values(kept)) for kept, _ in answers} == {("of the other process",)}
    assert all(cached for _, cached in answers)
    assert mine.times == 0


def test_when_another_process_is_killed_one_takes_over(
    cache: ResultCache, pool: ThreadPoolExecutor
) -> None:
    mine = now("mine")
    with other_process(redis_url(), KEY) as process:
        asked = [pool.submit(cache.answer, KEY, mine, deadline()) for _ in range(4)]
        threading.Event().wait(0.2)
        process.kill()
        answers = [one.result() for one in asked]
    assert {tuple(values(kept)) for kept, _ in answers} == {("mine",)}
    assert mine.times == 1


def test_when_the_owner_fails_one_takes_over(server: Valkey, pool: ThreadPoolExecutor) -> None:
    """Each cache is as in a process of its own."""
    failing, mine = Computing(ReportTooLarge()), now("mine")
    first = pool.submit(ResultCache(server, DAY, MOST).answer, KEY, failing, deadline())
    assert failing.began.wait(60)
    caches = [ResultCache(server, DAY, MOST) for _ in range(4)]
    asked = [pool.submit(one.answer, KEY, mine, deadline()) for one in caches]
    threading.Event().wait(0.2)
    failing.go_on.set()
    with pytest.raises(ReportTooLarge):
        first.result()
    assert {tuple(values(one.result()[0])) for one in asked} == {("mine",)}
    assert mine.times == 1


def test_a_lease_is_its_owners_alone(server: Valkey) -> None:
    mine, theirs = Lease("optilearn:lease", 60_000), Lease("optilearn:lease", 60_000)
    assert server.call(*mine.acquire())
    assert server.call(*theirs.acquire()) is None
    assert (server.call(*theirs.renew()), server.call(*theirs.release())) == (0, 0)
    assert server.call(*mine.renew()) == 1
    assert server.call(*mine.release()) == 1
    assert server.call(*mine.renew()) == 0
    assert server.call(*theirs.acquire())


# -- without Valkey


def test_valkey_stopping_in_the_middle_stops_nothing(
    own_server: Services, caplog: pytest.LogCaptureFixture
) -> None:
    cache = ResultCache(Valkey(own_server.redis_url, 5.0), DAY, MOST)
    cache.answer(KEY, now("before"), deadline())

    def stopping() -> Result:
        own_server.close()
        return result("meanwhile")

    with caplog.at_level(logging.WARNING):
        kept, cached = cache.answer(f"{KEY}2", stopping, deadline())
        assert (values(kept), cached) == (["meanwhile"], False)
        for _ in range(3):
            assert cache.find(KEY) is None
            kept, cached = cache.answer(KEY, now("after"), deadline())
            assert (values(kept), cached) == (["after"], False)
    assert len([r for r in caplog.records if "Valkey" in r.getMessage()]) == 1


def test_a_waiter_goes_on_by_itself_when_valkey_stops(
    own_server: Services, pool: ThreadPoolExecutor
) -> None:
    server = Valkey(own_server.redis_url, 5.0)
    slow = Computing(result("slow"))
    first = pool.submit(ResultCache(server, DAY, MOST).answer, KEY, slow, deadline())
    assert slow.began.wait(60)
    second = pool.submit(ResultCache(server, DAY, MOST).answer, KEY, now("own"), deadline())
    threading.Event().wait(0.2)
    own_server.close()
    assert values(second.result()[0]) == ["own"]
    slow.go_on.set()
    assert values(first.result()[0]) == ["slow"]


def test_threads_still_share_without_valkey(pool: ThreadPoolExecutor) -> None:
    cache = ResultCache(Valkey("redis://127.0.0.1:1/0", 1.0), DAY, MOST)
    slow = Computing(result("once"))
    asked = [pool.submit(cache.answer, KEY, slow, deadline()) for _ in range(8)]
    assert slow.began.wait(60)
    threading.Event().wait(0.2)
    slow.go_on.set()
    assert {tuple(values(one.result()[0])) for one in asked} == {("once",)}
    assert slow.times == 1


def test_a_server_that_says_nothing_is_left_alone_for_a_while() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(0)
        cache = ResultCache(Valkey(f"redis://127.0.0.1:{silent.getsockname()[1]}", 0.05), DAY, MOST)
        for _ in range(20):
            assert cache.find(KEY) is None
            assert values(cache.answer(KEY, now("own"), deadline())[0]) == ["own"]
        connections = _accepted(silent)
    assert 1 <= connections < 20


def _accepted(listener: socket.socket) -> int:
    count = 0
    while True:
        try:
            listener.accept()[0].close()
        except BlockingIOError:
            return count
        count += 1


def test_it_is_asked_again_after_the_pause(
    own_server: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Valkey(own_server.redis_url, 5.0)
    cache = ResultCache(server, DAY, MOST)
    server._down_until = float("inf")
    assert cache.answer(KEY, now(), deadline())[1] is False
    assert cache.find(KEY) is None
    server._down_until = 0.0
    cache.answer(KEY, now(), deadline())
    assert cache.find(KEY) is not None


def test_a_full_server_keeps_nothing_and_still_answers(
    own_server: Services, caplog: pytest.LogCaptureFixture
) -> None:
    server = Valkey(own_server.redis_url, 5.0)
    cache = ResultCache(server, DAY, MOST)
    cache.answer(KEY, now("before"), deadline())
    server.call("CONFIG", "SET", "maxmemory", "1")
    kept, cached = cache.answer(f"{KEY}2", now("full"), deadline())
    assert (values(kept), cached) == (["full"], False)
    found = cache.find(KEY)  # what is there is still served, at once
    assert found is not None
    assert values(found) == ["before"]
    assert "maxmemory" in caplog.text


def test_the_log_says_it_once_in_a_minute(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1_000.0]
    monkeypatch.setattr(valkey, "monotonic", lambda: clock[0])
    cache = ResultCache(Valkey("redis://127.0.0.1:1/0", 1.0), DAY, MOST)
    told = []
    for _ in range(13):
        cache.find(KEY)
        told.append(len(caplog.records))
        clock[0] += 10
    assert told == [1] * 6 + [2] * 6 + [3]


def test_the_lease_of_a_stalled_owner_can_be_lost_without_harm(
    server: Valkey, monkeypatch: pytest.MonkeyPatch, pool: ThreadPoolExecutor
) -> None:
    """Two work at once then, and keep the same."""
    monkeypatch.setattr(result_cache, "LEASE_MILLISECONDS", 100)
    monkeypatch.setattr(result_cache, "RENEW_SECONDS", 3600)
    stalled, mine = Computing(result("same")), now("same")
    first = pool.submit(ResultCache(server, DAY, MOST).answer, KEY, stalled, deadline())
    assert stalled.began.wait(60)
    assert values(ResultCache(server, DAY, MOST).answer(KEY, mine, deadline())[0]) == ["same"]
    stalled.go_on.set()
    assert values(first.result()[0]) == ["same"]
    assert server.call("KEYS", f"{KEY}*") == [KEY.encode()]
