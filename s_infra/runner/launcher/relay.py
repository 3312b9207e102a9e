"""Carries bytes between a unix socket and a TCP port, to reach into a network namespace and out of it."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from typing import TYPE_CHECKING

from s_infra.runner.launcher import kernel

if TYPE_CHECKING:
    from collections.abc import Iterator

BUFFER = 65536


class Relay:
    """A listening socket, and the address that each of its connections is carried to."""

    def __init__(self, listener: socket.socket, target: str) -> None:
        self._listener = listener
        self._target = target

    def serve(self) -> None:
        """Take connections for ever."""
        while True:
            here, _ = self._listener.accept()
            try:
                there = _connect(self._target)
            except OSError:
                # Nobody listens there yet: the caller sees its connection closed and tries again.
                here.close()
                continue
            for pair in ((here, there), (there, here)):
                threading.Thread(target=_carry, args=pair, daemon=True).start()

    def serve_in_thread(self) -> None:
        """Take connections in a thread that doesn't keep the process."""
        threading.Thread(target=self.serve, daemon=True).start()


def listen(source: str, target: str) -> Relay:
    """Return a relay from one to the other of `unix:<path>`, `tcp:<address>:<port>`, `tcp:<port>`."""
    kind, _, where = source.partition(":")
    if kind == "unix":
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with _short(where) as path:
            listener.bind(path)
    else:
        listener = _bound(where)
    listener.listen(256)
    return Relay(listener, target)


def hand_over(address: str, descriptor: int) -> None:
    """Listen on an address of this network, and give that to who holds the other end of `descriptor`.

    A socket stays in the network that it was made in: whoever has it answers there, and nothing is carried.
    """
    with _bound(address) as listener, socket.socket(fileno=descriptor) as channel:
        listener.listen(256)
        socket.send_fds(channel, [b"."], [listener.fileno()])


def serve_in_process(pairs: list[list[str]], *, own_mounts: bool = False) -> None:
    """Serve relays in a child process of this one; returns when they listen.

    With mounts of its own it keeps the paths of its sockets when this process changes its root.
    """
    if not pairs:
        return
    ready, say_ready = os.pipe()
    if os.fork() == 0:
        try:
            kernel.die_with_parent()
            if own_mounts:
                kernel.unshare(kernel.CLONE_NEWNS)
            relays = [listen(*pair) for pair in pairs]
            null = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(null, descriptor)
            os.write(say_ready, b".")
            for one in relays[1:]:
                one.serve_in_thread()
            relays[0].serve()
        finally:
            os._exit(1)
    os.close(say_ready)
    started = os.read(ready, 1)
    os.close(ready)
    if not started:
        raise OSError(0, "the relay did not start")


def serve(pairs: list[list[str]], with_parent: bool) -> None:
    """Serve relays in this process, for ever; `with_parent` ends it when the one that started it ends."""
    if with_parent:
        kernel.die_with_parent()
    relays = [listen(*pair) for pair in pairs]
    for one in relays[1:]:
        one.serve_in_thread()
    relays[0].serve()


def _connect(target: str) -> socket.socket:
    kind, _, where = target.partition(":")
    if kind == "tcp":
        connection = socket.create_connection(_address(where))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with _short(where) as path:
        connection.connect(path)
    return connection


def _bound(where: str) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(_address(where))
    return listener


def _address(where: str) -> tuple[str, int]:
    host, _, port = where.rpartition(":")
    return host or "127.0.0.1", int(port)


@contextlib.contextmanager
def _short(path: str) -> Iterator[str]:
    """Give a path to a socket that keeps within the kernel's 107 bytes, however deep its folder lies."""
    folder, _, name = path.rpartition("/")
    descriptor = os.open(folder or "/", os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{name}"
    finally:
        os.close(descriptor)


def _carry(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(BUFFER):
            if source.family == socket.AF_INET:
                # A program that sends head and body apart would wait 40 ms for this acknowledgement.
                source.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            target.sendall(data)
    except OSError:
        # One side is gone; the other learns of it below.
        source.close()
    finally:
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)
