"""Which way containers are run: asked for, found, refused, or answered by what is no engine."""

from __future__ import annotations

import http.server
import json
import socket
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from s_infra.errors import SInfraError
from s_infra.packaging import engine
from s_infra.runner import isolation, ways


@pytest.fixture(autouse=True)
def _unset(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (engine.VARIABLE, *engine.POINTERS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(engine, "_usual_places", lambda: [tmp_path / "none"])


class _Unix(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    answers: dict[str, Any]


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, _Unix)
        name = self.path.rpartition("/")[2]
        body = json.dumps(self.server.answers.get(name, {})).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        return "unix"

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def speaking(tmp_path: Path) -> Iterator[_Unix]:
    """Something that answers on a unix socket with whatever `answers` has."""
    with _Unix(str(tmp_path / "socket"), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


INFO = {"OSType": "linux", "ServerVersion": "1.2.3", "SecurityOptions": []}
VERSION = {"ApiVersion": "1.41", "Components": [{"Name": "Engine"}]}


def test_without_an_engine_processes_it_is_and_why() -> None:
    way = ways.choose()
    assert way.engine is None
    assert way.described() == {
        "way": "processes",
        "why": "neither Docker nor Podman listens on this machine",
    }


def test_an_engine_that_is_asked_for_has_to_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(engine.VARIABLE, "engine")
    with pytest.raises(SInfraError, match="asks for a container engine, and none can be used: neither"):
        ways.choose()


def test_another_value_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(engine.VARIABLE, "docker")
    with pytest.raises(SInfraError, match="S_INFRA_CONTAINERS is docker"):
        ways.choose()


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("unix:///nowhere/docker.sock", "doesn't answer"),
        ("tcp://192.0.2.1:2375", "isn't on this machine"),
        ("ssh://user@host", "isn't on this machine"),
    ],
)
def test_docker_host_alone_is_asked_when_it_is_set(
    monkeypatch: pytest.MonkeyPatch, address: str, why: str
) -> None:
    monkeypatch.setenv("DOCKER_HOST", address)
    told = ways.choose().why
    assert why in told
    assert address in told


def test_what_is_no_engine_is_told_from_one(speaking: _Unix, monkeypatch: pytest.MonkeyPatch) -> None:
    speaking.answers = {"version": VERSION, "info": {"hello": "world"}}
    monkeypatch.setenv("DOCKER_HOST", f"unix://{speaking.server_address}")
    assert "is no container engine" in ways.choose().why


def test_an_engine_of_another_machine_cannot_share_folders(
    speaking: _Unix, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaking.answers = {"version": VERSION, "info": {**INFO, "Name": "some-other-host"}}
    monkeypatch.setenv("DOCKER_HOST", f"unix://{speaking.server_address}")
    assert "runs on some-other-host, not here" in ways.choose().why


def test_podman_is_told_by_its_name_and_root_s_engine_is_not_for_a_user(
    speaking: _Unix, monkeypatch: pytest.MonkeyPatch
) -> None:
    component = {"Name": "Podman Engine", "Details": {"APIVersion": "4.3.1"}}
    podman = {"ApiVersion": "1.41", "Components": [component]}
    own = {"host": {"security": {"rootless": False}}}
    # Docker's answer and Podman's own are at paths of the same end.
    info = {**INFO, "Name": socket.gethostname(), **own}
    speaking.answers = {"version": podman, "info": info}
    monkeypatch.setenv("DOCKER_HOST", f"unix://{speaking.server_address}")
    monkeypatch.setattr(isolation, "can_change_user", lambda: False)
    why = ways.choose().why
    assert "Podman 1.2.3 at unix://" in why
    assert "runs as root" in why
    own["host"]["security"]["rootless"] = True
    monkeypatch.setenv("DOCKER_HOST", f"unix://{speaking.server_address}")
    assert ways.choose().why == f"Podman 1.2.3 answers at unix://{speaking.server_address}"
