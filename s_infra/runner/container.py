"""One run of a container's program: started, read, asked to stop, killed; by an engine or as processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s_infra.runner.engine import EngineContainer, EngineImage
from s_infra.runner.processes import ProcessContainer
from s_infra.runner.run import Exit, Run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from s_infra.runner.run import Started

__all__ = ["Container", "Exit", "Run"]


class Container:
    """A started container, run the way that its image is made for.

    The thread that starts it waits for it: processes end with that thread.
    """

    def __init__(self, run: Run, take_line: Callable[[str], None]) -> None:
        self._started: Started
        if isinstance(run.image, EngineImage):
            self._started = EngineContainer(run, run.image, take_line)
        else:
            self._started = ProcessContainer(run, run.image, take_line)

    @property
    def socket(self) -> Path | None:
        """The unix socket that leads to port 8080 in the container; None: it has `port`."""
        return self._started.socket

    @property
    def port(self) -> int | None:
        """The port of 127.0.0.1 that the program listens on; None: it has `socket`."""
        return self._started.port

    def wait(self, timeout: float | None = None) -> Exit | None:
        """Return how the program ended after all its output was taken, or None when it still runs.

        `timeout` is in seconds; None waits for ever.
        """
        return self._started.wait(timeout)

    def running(self) -> bool:
        """Return whether the program still runs."""
        return self._started.running()

    def stop(self, grace: float) -> None:
        """Ask the program to end; after `grace` seconds kill it and all that it started."""
        self._started.stop(grace)

    def kill(self) -> None:
        """Kill the program and all that it started, and wait until they are gone."""
        self._started.kill()

    def close(self) -> None:
        """Kill what is left and remove the container's scratch files."""
        self._started.close()
