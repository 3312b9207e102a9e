"""Execution environments: each has a process, a log stream and serves one invocation at a time."""

from __future__ import annotations

import threading
import time
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from s_infra.sandbox.services.functions import folders, interpreters, variables
from s_infra.sandbox.services.functions.process import Process, Program

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from s_infra.sandbox.services.functions.function import Function

Key = tuple[str, str, str, tuple[str, ...]]
# Lambda keeps an environment for some minutes; here memory is the bound, too.
IDLE_S = 600.0
MOST_IDLE = 40


@dataclass
class Environment:
    """A started environment of one version of a function."""

    key: Key
    process: Process
    stream: str
    idle_since: float = field(default_factory=time.monotonic)

    def usable(self) -> bool:
        """Return whether its program still runs."""
        return self.process.running()


class Environments:
    """Starts environments, and keeps those that nobody uses for the next invocation."""

    def __init__(
        self,
        directory: Path,
        endpoint: str,
        reachable: Callable[[], Sequence[str]],
        serve: Callable[[socket.socket], Callable[[], object]],
        credentials: Callable[[Function], dict[str, str]],
    ) -> None:
        self._directory = directory
        self._folders = folders.Folders(directory / "unpacked")
        self._endpoint = endpoint
        self._reachable = reachable
        self._serve = serve
        self._credentials = credentials
        self._idle: dict[Key, list[Environment]] = defaultdict(list)
        self._lock = threading.Lock()

    def idle(self, function: Function) -> Environment | None:
        """Return a warm environment of the function, taken out of the idle ones, or None."""
        stale = self._stale()
        with self._lock:
            found = None
            ready = self._idle[self._key(function)]
            while ready and found is None:
                candidate = ready.pop()
                if candidate.usable():
                    found = candidate
                else:
                    stale.append(candidate)
        for environment in stale:
            environment.process.close()
        return found

    def start(self, function: Function) -> Environment:
        """Start an environment. The calling thread must live for ever: the kernel ends both together."""
        python = interpreters.for_runtime(function.runtime)
        version = function.version
        stream = f"{datetime.now(UTC):%Y/%m/%d}/[{version}]{uuid.uuid4().hex}"

        def make(code: str, runtime: str) -> dict[str, str]:
            return variables.of_function(
                function, stream, code, runtime, self._endpoint, self._credentials(function)
            )

        program = Program(
            python=python.program,
            python_folders=python.folders,
            code=self._folders.code(function.code),
            layers=self._folders.layers(function.layers) if function.layers else None,
            runtime=folders.runtime(python),
            handler=function.handler,
            variables=make,
            endpoint=self._endpoint.removeprefix("http://"),
            addresses=self._reachable(),
            serve=self._serve,
            memory_mb=function.memory_mb,
        )
        process = Process(program, self._directory / "running")
        return Environment(self._key(function), process, stream)

    def give_back(self, environment: Environment) -> None:
        """Keep an environment for the next invocation."""
        environment.idle_since = time.monotonic()
        with self._lock:
            self._idle[environment.key].append(environment)

    def retire(self, name: str) -> None:
        """End the idle environments of a function, whatever its version."""
        with self._lock:
            gone = [one for key in self._idle if key[0] == name for one in self._idle[key]]
            self._idle = defaultdict(list, {key: kept for key, kept in self._idle.items() if key[0] != name})
        for environment in gone:
            environment.process.close()

    def retire_all(self) -> None:
        """End all idle environments."""
        for name in {key[0] for key in self._idle}:
            self.retire(name)

    def _key(self, function: Function) -> Key:
        return (*function.key, tuple(self._reachable()))

    def _stale(self) -> list[Environment]:
        now = time.monotonic()
        with self._lock:
            longest_idle = sorted(
                (one for kept in self._idle.values() for one in kept), key=lambda one: one.idle_since
            )
            over = max(0, len(longest_idle) - MOST_IDLE)
            stale = [
                one for place, one in enumerate(longest_idle) if place < over or now - one.idle_since > IDLE_S
            ]
            for environment in stale:
                self._idle[environment.key].remove(environment)
        return stale
