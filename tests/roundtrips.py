"""How often a client and its PostgreSQL server take turns, counted on the wire between them."""

from __future__ import annotations

import contextlib
import socket
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

from sqlalchemy import make_url

from tests import postgres

if TYPE_CHECKING:
    from types import TracebackType

_NAME = ".s.PGSQL.5432"


class Wire:
    """A socket that hands all on to a server and back: `url` leads through it, `trips` counts the client's turns."""

    def __init__(self, url: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="w-", dir=postgres.short_folder())
        self._server = make_url(url)
        self.url = self._server.set(host=None, port=None, query={"host": self._folder.name}).render_as_string(
            hide_password=False
        )
        self.trips = 0
        self._is_clients_turn = False
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(Path(self._folder.name) / _NAME))
        self._door.listen()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._let_in, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in (self._door, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._folder.cleanup()

    def _let_in(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, server = self._door.accept()[0], self._connected()
                self._open += [client, server]
                for source, target, asks in ((client, server, True), (server, client, False)):
                    threading.Thread(target=self._hand_on, args=(source, target, asks), daemon=True).start()

    def _connected(self) -> socket.socket:
        host = self._server.query.get("host") or self._server.host
        if isinstance(host, str) and host.startswith("/"):
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(Path(host) / f".s.PGSQL.{self._server.port or 5432}"))
            return server
        return socket.create_connection((str(host), self._server.port or 5432))

    def _hand_on(self, source: socket.socket, target: socket.socket, asks: bool) -> None:
        with contextlib.suppress(OSError):
            while said := source.recv(65536):
                if asks and not self._is_clients_turn:
                    self.trips += 1
                self._is_clients_turn = asks
                target.sendall(said)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)
