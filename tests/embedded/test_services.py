"""The embedded services' life: started once, kept while used, healed after every kind of kill."""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
import redis

from optilearn.embedded import EmbeddedError, ensure
from optilearn.embedded.postgres import Postgres
from optilearn.embedded.valkey import Valkey
from tests.embedded.support import User, eventually, server_processes

pytestmark = pytest.mark.slow


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="optilearn-embedded-"))
    yield folder / "home"
    eventually(lambda: not server_processes(folder / "home"))
    shutil.rmtree(folder)


def ask(url: str, query: str = "SELECT 1") -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def supervisors(home: Path) -> dict[str, int]:
    return {
        name: json.loads((home / name / "state.json").read_text())["supervisor"]
        for name in ("postgres", "valkey")
    }


def test_both_serve_and_stop_with_the_last_user(home: Path) -> None:
    with ensure(home, postgres=True, valkey=True) as services:
        assert ask(services.owner_url, "SELECT current_user") == "optilearn_owner"
        assert ask(services.app_url, "SELECT current_user") == "optilearn_app"
        assert ask(services.etl_url, "SELECT current_user") == "optilearn_etl"
        with redis.Redis.from_url(services.redis_url) as client:
            assert client.ping()
        assert server_processes(home)
    assert not server_processes(home)


def test_it_is_utc_utf8_and_sorts_by_code_point(home: Path) -> None:
    with ensure(home, postgres=True, valkey=False, durable=False) as services:
        assert services.redis_url == ""
        assert ask(services.app_url, "SHOW timezone") == "UTC"
        assert ask(services.app_url, "SHOW server_encoding") == "UTF8"
        assert ask(services.app_url, "SELECT 'Z' < 'a'") is True
        assert ask(services.app_url, "SELECT lower('ÀÉ')") == "àé"
        assert ask(services.app_url, "SELECT length('देवनागरी')") == len("देवनागरी")


def test_records_outlive_the_servers(home: Path) -> None:
    with ensure(home, postgres=True, valkey=True) as services:
        with psycopg.connect(services.owner_url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        with redis.Redis.from_url(services.redis_url) as client:
            client.set("kept", "42")
    with ensure(home, postgres=True, valkey=True) as services:
        assert ask(services.app_url, "SELECT answer FROM kept") == 42
        with redis.Redis.from_url(services.redis_url) as client:
            assert client.get("kept") == b"42"


def test_passwords_are_asked_for(home: Path) -> None:
    with ensure(home, postgres=True, valkey=True) as services:
        password = urlsplit(services.app_url).password
        assert password
        with pytest.raises(psycopg.OperationalError, match="password"):
            ask(services.app_url.replace(password, "wrong"))
        with (
            redis.Redis(port=urlsplit(services.redis_url).port or 0) as stranger,
            pytest.raises(redis.AuthenticationError),
        ):
            stranger.ping()


def test_two_commands_at_once_share_one_set(home: Path) -> None:
    users = [User(home) for _ in range(4)]
    urls = [user.urls() for user in users]
    assert len({found["app"] for found in urls}) == 1
    assert len({found["redis"] for found in urls}) == 1
    assert len(Valkey(home / "valkey").processes()) == 1
    for user in users[:3]:
        user.leave()
    assert ask(urls[3]["app"]) == 1
    users[3].leave()
    eventually(lambda: not server_processes(home))


def test_a_killed_user_takes_the_servers_along_unless_others_remain(home: Path) -> None:
    first, second = User(home), User(home)
    urls = first.urls()
    second.urls()
    first.kill()
    assert ask(urls["app"]) == 1
    second.kill()
    eventually(lambda: not server_processes(home))


def test_killed_servers_are_started_again_under_the_same_address(home: Path) -> None:
    with ensure(home, postgres=True, valkey=True) as services:
        with psycopg.connect(services.owner_url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        postmaster = int((home / "postgres/data/postmaster.pid").read_text().split()[0])
        (valkey,) = Valkey(home / "valkey").processes()
        kill(postmaster)
        kill(valkey)

        def are_back() -> bool:
            try:
                with redis.Redis.from_url(services.redis_url) as client:
                    client.ping()
                return ask(services.app_url, "SELECT answer FROM kept") == 42
            except (psycopg.OperationalError, redis.ConnectionError):
                return False

        eventually(are_back)


def test_everything_killed_at_once_is_repaired(home: Path) -> None:
    user = User(home)
    urls = user.urls()
    with closing(psycopg.connect(urls["superuser"], autocommit=True)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        # A backend in the middle of work notices nothing of its server's death for a while.
        connection.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 1000000000)")
        connection.pgconn.flush()
        postgres = Postgres(home / "postgres").processes()
        backends = postgres[1:]
        keepers = supervisors(home)
        for pid in (*keepers.values(), postgres[0], *Valkey(home / "valkey").processes()):
            kill(pid)
        user.kill()
        eventually(lambda: postgres[0] not in Postgres(home / "postgres").processes())
        assert set(Postgres(home / "postgres").processes()) <= set(backends)
        with ensure(home, postgres=True, valkey=True) as services:
            assert ask(services.superuser_url, "SELECT answer FROM kept") == 42
            assert not set(Postgres(home / "postgres").processes()) & set(backends)


def test_servers_do_not_outlive_a_killed_supervisor(home: Path) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux tells a child of its parent's death; elsewhere the next start does")
    user = User(home)
    user.urls()
    for pid in supervisors(home).values():
        kill(pid)
    eventually(lambda: not server_processes(home))
    user.kill()


def test_ctrl_c_reaches_no_supervisor_and_no_server(home: Path) -> None:
    with ensure(home, postgres=True, valkey=True):
        sessions: list[int] = []
        for pid in (*supervisors(home).values(), *server_processes(home)):
            with suppress(ProcessLookupError):  # a server's helper that has done its work
                sessions.append(os.getsid(pid))
        assert len(sessions) > 2
        assert os.getsid(0) not in sessions


def test_a_stranger_with_the_dead_servers_process_id_is_no_obstacle(home: Path) -> None:
    with ensure(home, postgres=True, valkey=False):
        lock_file = (home / "postgres/data/postmaster.pid").read_text()
    _, _, rest = lock_file.partition("\n")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        stale = home / "postgres/data/postmaster.pid"
        stale.write_text(f"{stranger.pid}\n{rest}")
        data = (home / "postgres/data").stat()
        os.chown(stale, data.st_uid, data.st_gid)
        with ensure(home, postgres=True, valkey=False) as services:
            assert ask(services.app_url) == 1
        stranger.communicate(b"\n")


def test_a_killed_initdb_leaves_nothing_that_hurts(home: Path) -> None:
    half = home / "postgres/data.new"
    (half / "base").mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with ensure(home, postgres=True, valkey=False, durable=False) as services:
        assert ask(services.app_url) == 1


def test_a_taken_port_is_left_alone(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with ensure(home, postgres=False, valkey=True) as services:
            assert urlsplit(services.redis_url).port != taken.getsockname()[1]


@pytest.mark.parametrize("name", ["x" * 120, "with space", "quo'te", "हिन्दी", "comma,percent%40"])
def test_any_folder_name_serves(home: Path, name: str) -> None:
    with ensure(home / name, postgres=True, valkey=True, durable=False) as services:
        assert ask(services.app_url) == 1
        with redis.Redis.from_url(services.redis_url) as client:
            assert client.ping()
        (socket_folder,) = parse_qs(urlsplit(services.app_url).query)["host"]
        assert Path(socket_folder).exists()
    assert not Path(socket_folder).exists()
    eventually(lambda: not server_processes(home / name))


def test_a_private_folder_serves(home: Path) -> None:
    home.mkdir(mode=0o700)
    (home / "clone").mkdir(mode=0o700)
    with ensure(home / "clone", postgres=True, valkey=True, durable=False) as services:
        assert ask(services.app_url) == 1
    assert home.stat().st_mode & 0o777 == 0o700
    assert (home / "clone").stat().st_mode & 0o777 == 0o700


def test_it_works_for_an_ordinary_user_and_then_for_root(home: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("NOT TRIED: only root can start a program as another user")
    account = pwd.getpwnam("games")
    python = interpreter_for(account.pw_uid)
    if python is None:
        pytest.skip(f"NOT TRIED: {account.pw_name} can reach no Python {sys.version_info[:2]}")
    home.mkdir()
    os.chown(home, account.pw_uid, account.pw_gid)
    home.parent.chmod(0o755)
    user = User(home, python=python, uid=account.pw_uid)
    urls = user.urls()
    with psycopg.connect(urls["superuser"], autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    user.leave()
    assert (home / "postgres/data").stat().st_uid == account.pw_uid
    eventually(lambda: not server_processes(home))
    with ensure(home, postgres=True, valkey=True) as services:
        assert ask(services.superuser_url, "SELECT answer FROM kept") == 42
    assert (home / "postgres/data").stat().st_uid == account.pw_uid


def interpreter_for(uid: int) -> str | None:
    """A Python like ours that this user can run: ours may lie in root's home."""
    probe = "import sys; print(*sys.version_info[:2])"
    for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        with suppress(OSError, subprocess.CalledProcessError):
            said = subprocess.check_output([python, "-c", probe], user=uid, text=True)
            if said.split() == [str(part) for part in sys.version_info[:2]]:
                return python
    return None


def test_what_belongs_to_another_user_is_refused_with_advice(home: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("NOT TRIED: only root can start a program as another user")
    account = pwd.getpwnam("games")
    python = interpreter_for(account.pw_uid)
    if python is None:
        pytest.skip(f"NOT TRIED: {account.pw_name} can reach no Python {sys.version_info[:2]}")
    home.parent.chmod(0o755)
    with ensure(home, postgres=True, valkey=False, durable=False):
        pass
    with pytest.raises(AssertionError, match=r"another user.*OPTILEARN_HOME"):
        User(home, python=python, uid=account.pw_uid).urls()


def test_a_folder_of_another_postgresql_is_refused_with_advice(home: Path) -> None:
    with ensure(home, postgres=True, valkey=False, durable=False):
        pass
    (home / "postgres/data/PG_VERSION").write_text("11\n")
    with pytest.raises(EmbeddedError, match="made by PostgreSQL 11"):
        ensure(home, postgres=True, valkey=False)


def test_lost_passwords_are_told(home: Path) -> None:
    with ensure(home, postgres=True, valkey=False, durable=False):
        pass
    (home / "postgres/passwords.json").unlink()
    with pytest.raises(EmbeddedError, match="remove the folder"):
        ensure(home, postgres=True, valkey=False)
