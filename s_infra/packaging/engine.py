"""The container engine of this machine: Docker, or Podman, whose socket speaks the same API."""

from __future__ import annotations

import base64
import contextlib
import os
import socket
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s_infra.errors import SInfraError
from s_infra.packaging import buildkit, podman

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

VARIABLE = "S_INFRA_CONTAINERS"
WAYS = ("auto", "engine", "processes")
# What the docker command line and its SDKs are pointed with.
POINTERS = ("DOCKER_HOST", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")
PROBE_TIMEOUT_S = 5
AS_PROCESSES = f"have the Dockerfile read, and its programs run as processes: {VARIABLE}=processes"
NEXT_STEP = f"mend the step, or {AS_PROCESSES}"
TIMEOUT_S = 120
LAST_LINES = 15
CONTEXT_LABEL = "s-infra.context"


class NoEngineError(SInfraError):
    """No engine can be used here; the message says why."""


@dataclass(frozen=True)
class Engine:
    """An engine that answers. `client` is a docker.DockerClient, safe for several threads.

    `rootless`: its containers' root is the engine's own, ordinary user. `podman` is the version of Podman's
    own API, None for Docker.
    """

    client: Any = field(repr=False)
    address: str
    name: str
    rootless: bool
    podman: str | None = None

    def build(
        self,
        context: bytes,
        tag: str,
        digest: str,
        tell: Callable[[str], None],
        platform: str | None = None,
        *,
        by_buildkit: bool = False,
    ) -> None:
        """Build the image of a packed context; `digest` is the context's and becomes a label of the image.

        `platform`, `linux/amd64` for instance, is by default the engine's own. `by_buildkit`: in place of
        Docker's classic builder; Podman has one builder, which knows both's instructions.

        Raises:
            SInfraError: a step of the Dockerfile fails; its last lines are in it.
        """
        import io

        labels = {CONTEXT_LABEL: digest}
        if by_buildkit and self.podman is None:
            lines = buildkit.build(self.client.api, context, tag, labels, platform)
        else:
            lines = self.client.api.build(
                fileobj=io.BytesIO(context),
                custom_context=True,
                encoding="gzip",
                tag=tag,
                platform=platform,
                labels=labels,
                rm=True,
                decode=True,
            )
        self._follow(lines, tag, tell, "the image can't be built", NEXT_STEP)

    def push(self, tag: str, authorization: str, tell: Callable[[str], None]) -> None:
        """Push an image; `authorization` is an ECR token, base64 of `user:password`.

        Raises:
            SInfraError: the registry or the engine refuses it.
        """
        api, login = self.client.api, _login(authorization)
        if self.podman is None:
            lines = api.push(tag, stream=True, decode=True, auth_config=login)
        else:
            lines = podman.push(api, tag, login)
        self._follow(lines, tag, tell, "the image can't be pushed", None)

    def pull(self, reference: str, authorization: str) -> None:
        """Have the image here.

        Raises:
            SInfraError: the registry or the engine refuses it.
        """
        api, login = self.client.api, _login(authorization)
        if self.podman is None:
            lines = api.pull(reference, stream=True, decode=True, auth_config=login)
        else:
            lines = podman.pull(api, self.podman, reference, login)
        self._follow(lines, reference, _ignore, "the image can't be pulled", None)

    def fetch(self, base: str, platform: str | None, tell: Callable[[str], None]) -> None:
        """Pull somebody's image, with the login that `docker login` left for its registry, if any.

        Raises:
            SInfraError: the registry or the engine refuses it.
        """
        lines = self.client.api.pull(base, stream=True, decode=True, platform=platform)
        self._follow(lines, base, tell, "the image can't be pulled", None)

    def has(self, reference: str) -> bool:
        """Return whether the image is here."""
        import docker.errors

        try:
            self.client.api.inspect_image(reference)
        except docker.errors.NotFound:
            return False
        return True

    def architecture(self, reference: str) -> str:
        """Return what an image that is here was built for, `amd64` for instance."""
        return str(self.client.api.inspect_image(reference)["Architecture"])

    def digests(self, reference: str) -> list[str]:
        """Return the names with a digest, `python@sha256:…`, that an image that is here was pulled by."""
        return list(self.client.api.inspect_image(reference).get("RepoDigests") or ())

    def remove(self, reference: str) -> None:
        """Take an image's name away, and the image if it has no other."""
        import docker.errors

        with contextlib.suppress(docker.errors.APIError):
            self.client.api.remove_image(reference)

    def close(self) -> None:
        """Close the connections to it."""
        self.client.close()

    def forget(self, host: str) -> None:
        """Take away the names of the images of one registry, `127.0.0.1:<port>`; builds keep their cache."""
        import docker.errors
        import requests

        with contextlib.suppress(docker.errors.DockerException, requests.RequestException):
            for image in self.client.api.images():
                names = [*(image.get("RepoTags") or ()), *(image.get("RepoDigests") or ())]
                for name in names:
                    if name.startswith(f"{host}/"):
                        self.client.api.remove_image(name, noprune=True)

    def _follow(
        self,
        lines: Iterator[Mapping[str, Any]],
        which: str,
        tell: Callable[[str], None],
        what: str,
        next_step: str | None,
    ) -> None:
        import docker.errors
        import requests

        last: deque[str] = deque(maxlen=LAST_LINES)
        problem: str | None = None
        try:
            for line in lines:
                if "error" in line:
                    problem = problem or line["error"].strip()
                if text := str(line.get("stream", "")).strip():
                    last.extend(text.splitlines())
                    tell(text)
        except (docker.errors.DockerException, requests.RequestException, ValueError) as error:
            raise SInfraError(f"{what}: {self.name}: {error}", which=which, next_step=next_step) from error
        # Only after the last line: what isn't read to its end keeps its connection.
        if problem is not None:
            told = "".join(f"\n  {one}" for one in last)
            raise SInfraError(f"{what}: {problem}{told}", which=which, next_step=next_step)


def chosen_way() -> str:
    """Return what S_INFRA_CONTAINERS asks for: `auto` when it isn't set.

    Raises:
        SInfraError: it is none of the three.
    """
    way = os.environ.get(VARIABLE) or "auto"
    if way not in WAYS:
        raise SInfraError(f"{VARIABLE} is {way}", which=VARIABLE, next_step=f"set it to {', '.join(WAYS)}")
    return way


def find(*, shares_folders: bool = True) -> Engine:
    """Return the engine that DOCKER_HOST names, or that listens at Docker's or Podman's usual place.

    `shares_folders`: only one on this very machine will do; to build and push, any will.

    Raises:
        NoEngineError: none answers, or not on this machine.
    """
    named = os.environ.get("DOCKER_HOST")
    addresses = [named] if named else [f"unix://{path}" for path in _usual_places() if path.is_socket()]
    if not addresses:
        raise NoEngineError("neither Docker nor Podman listens on this machine")
    reasons = []
    for address in addresses:
        try:
            return connect(address, shares_folders=shares_folders)
        except NoEngineError as error:
            reasons.append(error.what)
    raise NoEngineError("; ".join(reasons))


def connect(address: str, *, shares_folders: bool = True) -> Engine:
    """Return the engine at an address, `unix://…`, once it has answered.

    Raises:
        NoEngineError: it doesn't answer as an engine does, or is on another machine and mayn't be.
    """
    if address.startswith("unix://"):
        try:
            with socket.socket(socket.AF_UNIX) as probe_socket:
                probe_socket.settimeout(PROBE_TIMEOUT_S)
                probe_socket.connect(address.removeprefix("unix://"))
        except OSError as error:
            raise NoEngineError(f"the engine at {address} doesn't answer: {error}") from error
    elif shares_folders:
        raise NoEngineError(f"the engine at {address} isn't on this machine, and can't see its folders")
    # Only where something listens: importing it takes 0.2 s.
    import docker
    import docker.errors
    import requests

    try:
        with contextlib.closing(_client(address, PROBE_TIMEOUT_S)) as probe:
            found = probe.info()
            components = probe.version().get("Components") or [{}]
            system, host, version = found["OSType"], found["Name"], found["ServerVersion"]
            rootless, own_version = "rootless" in str(found.get("SecurityOptions")), None
            if "Podman" in str(components[0].get("Name")):
                own_version = str(components[0]["Details"]["APIVersion"])
                rootless = podman.is_rootless(probe.api, own_version)
    except (docker.errors.DockerException, requests.RequestException, OSError) as error:
        raise NoEngineError(f"the engine at {address} doesn't answer: {error}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise NoEngineError(f"what answers at {address} is no container engine: {error!r}") from error
    if system != "linux" or (shares_folders and host != socket.gethostname()):
        raise NoEngineError(
            f"the engine at {address} runs on {host}, not here, and can't see this machine's folders"
        )
    client = _client(address, TIMEOUT_S)
    name = f"{'Podman' if own_version else 'Docker'} {version}"
    return Engine(client, address, name, rootless, own_version)


def _client(address: str, timeout: int) -> Any:
    import docker

    if address.startswith("unix://"):
        return docker.DockerClient(base_url=address, timeout=timeout)
    # With the certificates that DOCKER_TLS_VERIFY and DOCKER_CERT_PATH name.
    return docker.from_env(timeout=timeout)


def checked(described: Mapping[str, str]) -> dict[str, str]:
    """Return what a sandbox said of its engine at its start and, if so, that it answers no more."""
    if "address" not in described:
        return dict(described)
    try:
        connect(described["address"]).client.close()
    except NoEngineError as error:
        told = f"at the sandbox's start: {described['why']}; now: {error.what}, and what runs by it fails"
        return {**described, "why": told}
    return dict(described)


def _usual_places() -> list[Path]:
    runtime = os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    return [
        Path("/var/run/docker.sock"),
        Path(runtime, "docker.sock"),
        Path(runtime, "podman", "podman.sock"),
        Path("/run/podman/podman.sock"),
    ]


def _login(authorization: str) -> dict[str, str]:
    user, _, password = base64.b64decode(authorization).decode().partition(":")
    return {"username": user, "password": password}


def _ignore(line: str) -> None:
    del line
