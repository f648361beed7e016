"""A line between a program and PostgreSQL that breaks at a commit, before the server hears of it or after."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

Break = Literal["before", "after"]

_PIECE = 65_536
_COMMITS = (b"COMMIT\x00", b"INSERT INTO csp_journal")  # by word, or as one statement that writes an act


class Wire:
    """Carries everything both ways; told to break, it lets go of the next connection that commits."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._break: Break | None = None
        self.port: int = self._listening.getsockname()[1]
        self.broken = threading.Event()

    def break_at_commit(self, when: Break) -> None:
        """Break once: before the server hears of the commit, or after it has done it."""
        self._break = when
        self.broken.clear()

    def carry(self) -> None:
        """Carry, until it is closed."""
        with suppress(OSError):
            while True:
                program, _address = self._listening.accept()
                threading.Thread(target=self._connected, args=(program,), daemon=True).start()

    def close(self) -> None:
        """Take no new connections."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _connected(self, program: socket.socket) -> None:
        with program, socket.socket(socket.AF_UNIX) as server, suppress(OSError):
            server.connect(self._server)
            back = threading.Thread(target=_carry, args=(server, program), daemon=True)
            back.start()
            while said := program.recv(_PIECE):
                if self._break and any(word in said for word in _COMMITS):
                    self._let_go(program, server, said)
                    break
                server.sendall(said)
            server.shutdown(socket.SHUT_RDWR)
            back.join()

    def _let_go(self, program: socket.socket, server: socket.socket, said: bytes) -> None:
        when, self._break = self._break, None
        if when == "after":
            program.shutdown(socket.SHUT_WR)  # whatever the server answers, nobody hears it
            server.sendall(said)
            server.shutdown(socket.SHUT_WR)  # the server ends when it has done what it was told
        self.broken.set()


def _carry(server: socket.socket, program: socket.socket) -> None:
    with suppress(OSError):
        while said := server.recv(_PIECE):
            program.sendall(said)
        program.shutdown(socket.SHUT_RDWR)


@contextmanager
def wire(server: str) -> Iterator[Wire]:
    """A line to the socket of a server."""
    line = Wire(server)
    thread = threading.Thread(target=line.carry, daemon=True)
    thread.start()
    yield line
    line.close()
    thread.join()
