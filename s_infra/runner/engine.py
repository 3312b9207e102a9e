"""A container as Docker or Podman runs it, with /opt/ml shared and no network but the sandbox's endpoint.

A container that serves, or may reach the endpoint, joins the network of a second one, which has a loopback
and nothing else, and in it a relay to a unix socket in a shared folder. So isolation is the same as without
an engine, needs no port of the machine and no right to set networks up.
"""

from __future__ import annotations

import contextlib
import io
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s_infra.errors import SInfraError
from s_infra.runner import isolation
from s_infra.runner.leftovers import MACHINE_LABEL, RELAY_LABEL, SANDBOX_LABEL, remove
from s_infra.runner.output import LineReader
from s_infra.runner.run import HTTP_PORT, Exit, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from s_infra.packaging.engine import Engine

RELAY_IMAGE = "s-infra-relay:1"
RELAY_FOLDER = "/s-infra"
MEMORY_VARIABLE = "S_INFRA_CONTAINER_MEMORY"
RELAY_TIMEOUT_S = 20.0
KILL_TIMEOUT_S = 30.0
# Linux's own default for all processes of a small machine, to which Podman lowers itself.
PROCESSES = 32768
NOT_STARTED, NOT_EXECUTABLE, NOT_FOUND = 125, 126, 127


@dataclass(frozen=True)
class EngineImage:
    """An image in the engine. `sandbox` is the directory of the sandbox whose containers it starts."""

    digest: str
    reference: str
    engine: Engine
    sandbox: Path

    @property
    def labels(self) -> dict[str, str]:
        """What the containers are found by when the sandbox is gone."""
        return {SANDBOX_LABEL: str(self.sandbox), MACHINE_LABEL: socket.gethostname()}


class EngineContainer:
    """A container in the engine; see `Container`."""

    port = None

    def __init__(self, run: Run, image: EngineImage, take_line: Callable[[str], None]) -> None:
        self._image = image
        self._api = image.engine.client.api
        self._directory = Path(tempfile.mkdtemp(prefix="container-", dir=run.base.parent))
        self._made: list[str] = []
        self._outward: subprocess.Popen[bytes] | None = None
        self._exit: Exit | None = None
        self._ended = threading.Event()
        self._killed = False
        self._take_line = take_line
        try:
            with _told(image.engine):
                self._start(run)
        except BaseException:
            self._remove()
            raise

    @property
    def socket(self) -> Path:
        """The unix socket that leads to port 8080 in the container."""
        return self._directory / "http"

    def _start(self, run: Run) -> None:
        # Only these two need a way in or out; a training job without network does without the relay.
        relayed = run.endpoint_port is not None or run.arguments[:1] == ("serve",)
        network = f"container:{self._start_relay(run)}" if relayed else "none"
        binds = [f"{path}:/opt/ml/{path.name}" for path in sorted(run.base.iterdir())]
        _open_to_all(run.base)
        limit = os.environ.get(MEMORY_VARIABLE)
        host = self._api.create_host_config(
            binds=binds,
            network_mode=network,
            mem_limit=limit,
            memswap_limit=limit,
            log_config={"Type": "none"},
            ulimits=_ulimits(self._image.engine),
        )
        self._id = self._create(
            {},
            image=self._image.reference,
            command=list(run.arguments),
            entrypoint=list(run.entrypoint) or None,
            environment=dict(run.variables),
            # Docker gives it the relay's with the network, and refuses another.
            hostname=run.hostname if self._image.engine.podman or not relayed else None,
            host_config=host,
        )
        read, write = os.pipe()
        self._reader = LineReader(read, self._take_line)
        self._reader.start()
        self._start_program(write)

    def _start_program(self, write: int) -> None:
        import docker.errors

        output: Iterator[bytes] = iter(())
        try:
            # Podman looks for the program here, Docker at the start.
            output = self._api.attach(self._id, stdout=True, stderr=True, stream=True)
            self._api.start(self._id)
        except docker.errors.APIError as error:
            self._end(_not_started(str(error.explanation)))
        else:
            threading.Thread(target=self._await, name="await", daemon=True).start()
        finally:
            threading.Thread(target=_pump, args=(output, write), name="attach", daemon=True).start()

    def _await(self) -> None:
        import docker.errors
        import requests

        try:
            code = int(self._api.wait(self._id, timeout=None)["StatusCode"])
            if self._out_of_memory(code):
                limit = os.environ.get(MEMORY_VARIABLE, "the machine's")
                self._take_line(
                    f"s-infra sandbox: the program was killed, for it needed more memory than {limit}"
                )
            self._end(Exit(code))
        except (docker.errors.DockerException, requests.RequestException, KeyError, ValueError) as error:
            self._end(Exit(NOT_STARTED, _lost(self._image.engine, error)))

    def _out_of_memory(self, code: int) -> bool:
        if self._api.inspect_container(self._id)["State"].get("OOMKilled"):
            return True
        # Podman doesn't see it on cgroups of version 1; nobody else kills a program that has a limit.
        limited = self._image.engine.podman is not None and MEMORY_VARIABLE in os.environ
        return limited and not self._killed and code == 128 + signal.SIGKILL

    def _end(self, how: Exit) -> None:
        self._exit = how
        if how.code in (NOT_FOUND, NOT_EXECUTABLE) and how.error is not None:
            # As a shell would say it: the program's own failure, not the engine's.
            self._take_line(how.error)
            self._exit = Exit(how.code)
        self._ended.set()

    def _start_relay(self, run: Run) -> str:
        """Start the container whose network the program gets; return its number when it listens."""
        inner = [[f"unix:{RELAY_FOLDER}/relay/http", f"tcp:{HTTP_PORT}"]]
        if run.endpoint_port is not None:
            inner.append([f"tcp:{run.endpoint_port}", f"unix:{RELAY_FOLDER}/relay/endpoint"])
            pairs = [[f"unix:{self._directory}/endpoint", f"tcp:{run.endpoint_port}"]]
            self._outward = subprocess.Popen(
                isolation.launcher("relay", "serve", repr(pairs), "True"), env={}, cwd="/"
            )
        _make_relay_image(self._api)
        host = self._api.create_host_config(
            binds=[
                f"{self._directory}:{RELAY_FOLDER}/relay",
                *(f"{path}:{place}:ro" for path, place in _python_folders()),
            ],
            network_mode="none",
            log_config={"Type": "none"},
            ulimits=_ulimits(self._image.engine),
        )
        python = str(Path(sys.executable).resolve())
        command = [python, *isolation.launcher("relay", "serve", repr(inner), "False")[1:-1], RELAY_FOLDER]
        identifier = self._create(
            {RELAY_LABEL: ""}, image=RELAY_IMAGE, command=command, hostname=run.hostname, host_config=host
        )
        self._api.start(identifier)
        wanted = [self.socket, *([self._directory / "endpoint"] if self._outward else [])]
        deadline = time.monotonic() + RELAY_TIMEOUT_S
        while not all(path.is_socket() for path in wanted):
            if time.monotonic() > deadline or not self._api.inspect_container(identifier)["State"]["Running"]:
                raise SInfraError("the relay into the container did not start", which=self._image.engine.name)
            time.sleep(0.01)
        return identifier

    def _create(self, labels: dict[str, str], **settings: Any) -> str:
        labels = {**self._image.labels, **labels}
        made = self._api.create_container(detach=True, labels=labels, **settings)
        identifier = str(made["Id"])
        self._made.append(identifier)
        return identifier

    def wait(self, timeout: float | None = None) -> Exit | None:
        """See `Container`."""
        if not self._ended.wait(timeout):
            return None
        self._reader.join(timeout)
        return None if self._reader.is_alive() else self._exit

    def running(self) -> bool:
        """See `Container`."""
        return not self._ended.is_set()

    def stop(self, grace: float) -> None:
        """See `Container`."""
        self._signal(signal.SIGTERM)
        if not self._ended.wait(grace):
            self.kill()

    def kill(self) -> None:
        """See `Container`."""
        self._killed = True
        self._signal(signal.SIGKILL)
        if not self._ended.wait(KILL_TIMEOUT_S):
            self._end(Exit(NOT_STARTED, f"{self._image.engine.name} doesn't end the container"))

    def close(self) -> None:
        """See `Container`."""
        self.kill()
        self._reader.join(5)
        self._remove()

    def _signal(self, number: int) -> None:
        import docker.errors
        import requests

        if not self._ended.is_set():
            # It may end on its own meanwhile, or an engine that has gone tells so to `_await`.
            with contextlib.suppress(docker.errors.DockerException, requests.RequestException):
                self._api.kill(self._id, number)

    def _remove(self) -> None:
        for identifier in reversed(self._made):
            remove(self._api, identifier)
        self._made.clear()
        if self._outward is not None:
            self._outward.kill()
            self._outward.wait()
        shutil.rmtree(self._directory, ignore_errors=True)


@contextlib.contextmanager
def _told(engine: Engine) -> Iterator[None]:
    """Turn what the engine's library raises into an error that names the engine."""
    import docker.errors
    import requests

    try:
        yield
    except (docker.errors.DockerException, requests.RequestException) as error:
        raise SInfraError(
            _lost(engine, error), which=engine.address, next_step="see `s-infra sandbox status`"
        ) from error


def _lost(engine: Engine, error: Exception) -> str:
    """Say what an engine failed with: by its own words, or that it went away."""
    import requests

    if isinstance(error, requests.RequestException):
        return f"the container engine {engine.name} went away: {error}"
    return f"the container engine {engine.name} failed: {error}"


def _ulimits(engine: Engine) -> list[Any] | None:
    """Return the limits that Podman is to give a container; its own are above what it may set."""
    if engine.podman is None:
        return None
    from docker.types import Ulimit

    files = resource.getrlimit(resource.RLIMIT_NOFILE)
    own = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    processes = PROCESSES if own == resource.RLIM_INFINITY else min(PROCESSES, own)
    return [
        Ulimit(name="nofile", soft=files[0], hard=files[1]),
        Ulimit(name="nproc", soft=processes, hard=processes),
    ]


def _not_started(explanation: str) -> Exit:
    """Tell a program that can't be run from an engine that can't run it, in the words of runc and of crun."""
    told = explanation.lower()
    if "exec" in told:
        if "not found" in told or "no such file or directory" in told:
            return Exit(NOT_FOUND, explanation)
        if "permission denied" in told or "exec format error" in told:
            return Exit(NOT_EXECUTABLE, explanation)
    return Exit(NOT_STARTED, explanation)


def _pump(output: Iterator[bytes], descriptor: int) -> None:
    """Write what the engine hands over of the output to a pipe, until it ends."""
    import requests

    try:
        # The engine goes away, or the reader does: there is nothing more to read either way.
        with contextlib.suppress(requests.RequestException, OSError):
            for data in output:
                view = memoryview(data)
                while view:
                    view = view[os.write(descriptor, view) :]
    finally:
        os.close(descriptor)


def _open_to_all(base: Path) -> None:
    """Let the image's USER, whoever that is, write to /opt/ml."""
    for root, folders, files in os.walk(base):
        for name in (*folders, *files):
            path = Path(root, name)
            if not path.is_symlink():
                path.chmod(0o777 if path.is_dir() else 0o666)


def _python_folders() -> list[tuple[str, str]]:
    """Return what the relay's container sees of this machine: its Python and the launcher, read-only."""
    python = Path(sys.executable).resolve()
    system = [Path("/", name) for name in ("usr", "lib", "lib64", "bin")]
    own = [] if python.is_relative_to("/usr") else [python.parent.parent]
    package = isolation.PACKAGE.replace(".", "/")
    launcher = Path(__file__).parents[2] / package
    return [
        *((str(path), str(path)) for path in (*system, *own) if path.is_dir()),
        (str(launcher), f"{RELAY_FOLDER}/{package}"),
    ]


def _make_relay_image(api: Any) -> None:
    """Have an image without a file in it: everything the relay needs is the machine's own."""
    import docker.errors

    from s_infra.tar import tarfile

    try:
        api.inspect_image(RELAY_IMAGE)
    except docker.errors.ImageNotFound:
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as empty:
            folder = tarfile.TarInfo("tmp")
            folder.type = tarfile.DIRTYPE
            empty.addfile(folder)
        # The tag in the name: given apart, Podman's passes it over.
        api.import_image_from_data(archive.getvalue(), repository=RELAY_IMAGE)
