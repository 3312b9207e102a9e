"""Containers by themselves: in namespaces of their own, and as plain processes where those aren't had."""

from __future__ import annotations

import json
import os
import shutil
import socket
import time
import urllib.request
from pathlib import Path

import pytest
from sagemaker_support import CONTAINERS

from s_infra.packaging import context, dockerfile, environments
from s_infra.runner import isolation
from s_infra.runner.container import Container, Exit, Run
from s_infra.runner.image import Image, write_root

ISOLATED = pytest.mark.skipif(not isolation.available(), reason=f"no namespaces: {isolation.reason()}")
MODES = [pytest.param(True, id="isolated", marks=ISOLATED), pytest.param(False, id="plain")]
READY_S = 10


def image(directory: Path, added: str = "", *, only: bool = False, **files: str) -> Image:
    """Lay the scripted container out with further lines in its Dockerfile, or with those `only`."""
    source = Path(shutil.copytree(CONTAINERS / "scripted", directory / "context"))
    for name, text in files.items():
        (source / "program" / name).write_text(text)
    with (source / "Dockerfile").open("w" if only else "a") as file:
        file.write(added)
    plan = dockerfile.read(context.read(source))
    environment = environments.build(plan.python, plan.requirements, lambda _: None)
    root = directory / "root"
    write_root(root, context.read(source), plan, environment)
    return Image("sha256:0", root, plan, environment)


def start(
    made: Image, directory: Path, code: str, *program: str, **variables: str
) -> tuple[Container, list[str]]:
    base = directory / "job" / "ml"
    for name in ("input/config", "model", "output"):
        (base / name).mkdir(parents=True)
    (base / "input/config/hyperparameters.json").write_text(json.dumps({"code": code}))
    lines: list[str] = []
    return Container(Run(made, program or ("train",), base, variables), lines.append), lines


def run(made: Image, directory: Path, code: str, *program: str) -> tuple[Exit | None, list[str]]:
    container, lines = start(made, directory, code, *program)
    try:
        return container.wait(30), lines
    finally:
        container.close()


@pytest.fixture(params=MODES)
def isolated(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    if not request.param:
        monkeypatch.setattr(isolation, "available", lambda: False)
    return bool(request.param)


@pytest.mark.parametrize(
    ("program", "expected"), [(("sh", "-c", "exit 7"), 7), (("sh", "-c", "kill -9 $$"), 137)]
)
def test_the_exit_code_is_the_programs(
    tmp_path: Path, isolated: bool, program: tuple[str, ...], expected: int
) -> None:
    assert run(image(tmp_path), tmp_path, "", *program)[0] == Exit(expected)


def test_output_of_both_kinds_is_read_in_order(tmp_path: Path, isolated: bool) -> None:
    script = "echo one; echo two >&2; echo three"
    assert run(image(tmp_path), tmp_path, "", "sh", "-c", script)[1] == ["one", "two", "three"]


def test_a_program_finds_its_folders(tmp_path: Path, isolated: bool) -> None:
    look = 'echo "${SAGEMAKER_BASE_DIR:-/opt/ml}"; ls "${SAGEMAKER_BASE_DIR:-/opt/ml}"'
    base, *names = run(image(tmp_path), tmp_path, "", "sh", "-c", look)[1]
    assert names == ["input", "model", "output"]
    assert base == ("/opt/ml" if isolated else str(tmp_path / "job/ml"))


def test_a_serving_program_is_reached(tmp_path: Path, isolated: bool) -> None:
    serve = (
        "import os; from http.server import *; port = int(os.environ.get('SAGEMAKER_BIND_TO_PORT', 8080))\n"
    )
    serve += "HTTPServer(('127.0.0.1', port), SimpleHTTPRequestHandler).serve_forever()"
    container, lines = start(image(tmp_path), tmp_path, "", "python3", "-c", serve)
    try:
        deadline = time.monotonic() + READY_S
        while (status := answer(container)) != 200:
            assert time.monotonic() < deadline, (status, lines)
            assert container.running(), lines
            time.sleep(0.02)
    finally:
        container.close()
    assert not container.running()


def answer(container: Container) -> int:
    try:
        if container.socket is None:
            with urllib.request.urlopen(f"http://127.0.0.1:{container.port}/", timeout=2) as response:
                return int(response.status)
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(container.socket))
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            first = connection.recv(64)
            return int(first.split(b" ")[1]) if first else 0
    except OSError:
        return 0


def test_a_program_is_asked_before_it_is_killed(tmp_path: Path, isolated: bool) -> None:
    polite = "trap 'echo saved; exit 3' TERM; echo up; while :; do sleep 0.05; done"
    container, lines = start(image(tmp_path), tmp_path, "", "sh", "-c", polite)
    try:
        while not lines:
            time.sleep(0.01)
        container.stop(10)
        assert container.wait(5) == Exit(3)
        assert lines == ["up", "saved"]
    finally:
        container.close()


def test_a_program_that_does_not_listen_is_killed_after_the_grace(tmp_path: Path, isolated: bool) -> None:
    container, lines = start(
        image(tmp_path), tmp_path, "", "sh", "-c", "trap '' TERM; echo up; sleep 600; sleep 600"
    )
    try:
        while not lines:
            time.sleep(0.01)
        began = time.monotonic()
        container.stop(0.3)
        assert container.wait(5) == Exit(137)
        assert time.monotonic() - began < 3
    finally:
        container.close()


def test_what_a_program_leaves_running_ends_with_it(tmp_path: Path, isolated: bool) -> None:
    began = time.monotonic()
    ended, lines = run(image(tmp_path), tmp_path, "", "sh", "-c", "sleep 611 & echo $!")
    assert ended == Exit(0)
    assert time.monotonic() - began < 10
    if not isolated:
        try:
            state = Path("/proc", lines[0], "stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return
        assert state == "Z", "it still runs"


@pytest.fixture(params=["users", "one user"])
def users(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether there are users to change to; an ordinary user's sandbox has none in either case."""
    if request.param == "one user":
        monkeypatch.setattr(isolation, "can_change_user", lambda: False)
    return isolation.can_change_user()


@ISOLATED
def test_a_user_of_the_images_own_can_write_its_model(tmp_path: Path, users: bool) -> None:
    made = image(tmp_path, "RUN useradd --create-home --uid 4321 worker\nUSER worker\n")
    code = """
import os, pwd
print(os.getuid(), os.getgid(), pwd.getpwuid(4321).pw_name, os.environ["HOME"], flush=True)
open("/opt/ml/model/m", "w").write("x")
open("/dev/stdout", "w").write("reopened\\n")
"""
    ended, lines = run(made, tmp_path, code)
    assert ended == Exit(0), lines
    told = "s-infra sandbox: USER worker: it has that number here, and may write what the image's root may"
    assert lines == [*([] if users else [told]), "4321 4321 worker /home/worker", "reopened"]
    assert (tmp_path / "job/ml/model/m").read_text() == "x"
    assert (tmp_path / "job/ml/model/m").stat().st_uid == (4321 if users else os.geteuid())


@ISOLATED
def test_a_server_that_starts_as_root_can_give_its_workers_another_user(tmp_path: Path, users: bool) -> None:
    """As nginx does, whose user nobody else has; and it links its log to the program's output."""
    state = next(path for path in Path("/var/lib").iterdir() if path.is_dir() and path.name.isalpha())
    made = image(tmp_path, f"RUN apt-get install -y {state.name}\n")
    code = f"""
import os
os.chown("/tmp", 33, 33)
worker = os.fork()
if worker == 0:
    os.setgroups([33])
    os.setgid(33)
    os.setuid(33)
    # Where there is no other user, it stays who it was.
    os._exit(7 if os.getuid() == {33 if users else 0} else 8)
print(os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]), flush=True)
os.mkdir("{state}/body")
os.symlink("/dev/stdout", "{state}/access.log")
open("{state}/access.log", "w").write("by the link\\n")
"""
    ended, lines = run(made, tmp_path, code)
    assert ended == Exit(0), lines
    assert lines[-2:] == ["7", "by the link"]


@ISOLATED
def test_a_bare_system_s_python_has_the_packages(tmp_path: Path) -> None:
    """AWS's samples start from ubuntu, and link and name /usr/bin/python3."""
    added = "FROM debian:12\nRUN ln -s /usr/bin/python3 /usr/bin/python\nCOPY program/ /usr/local/bin/\n"
    made = image(tmp_path, added, only=True, train="#!/usr/bin/python3\nimport sys\nprint(sys.prefix)\n")
    for program in (("train",), ("/usr/bin/python", "/usr/local/bin/train")):
        found, lines = run(made, tmp_path / program[0].rpartition("/")[2], "", *program)
        assert (found, lines) == (Exit(0), [str(made.environment.directory)])


@pytest.mark.parametrize("named", ["no-such-package=1.2", "python3-pip"])
def test_a_package_that_the_machine_lacks_is_said_in_the_log(
    tmp_path: Path, isolated: bool, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Debian's own way of asking, whatever this machine is.
    query = tmp_path / "dpkg-query"
    query.write_text("#!/bin/sh\necho 'coreutils installed'\nexit 1\n")
    query.chmod(0o755)
    found = shutil.which
    monkeypatch.setattr(
        shutil, "which", lambda name, *a, **k: str(query) if name == "dpkg-query" else found(name, *a, **k)
    )
    lines = run(image(tmp_path, f"RUN apt-get install -y coreutils {named}\n"), tmp_path, "", "true")[1]
    absent = [] if named == "python3-pip" else ["no-such-package"]
    assert [("apt-get install no-such-package" in line) for line in lines] == [True for _ in absent]


@ISOLATED
def test_the_machines_files_and_processes_are_out_of_sight(tmp_path: Path) -> None:
    code = f"""
import os
processes = [name for name in os.listdir("/proc") if name.isdigit()]
print(os.path.exists({str(tmp_path)!r}), os.listdir("/home"), len(processes) < 6)
print(os.readlink("/proc/self/ns/net") != {str(Path("/proc/self/ns/net").readlink())!r})
"""
    assert run(image(tmp_path), tmp_path, code)[1] == ["False [] True", "True"]


@ISOLATED
def test_a_script_may_name_the_images_python_by_its_path(tmp_path: Path) -> None:
    script = "#!/usr/local/bin/python\nimport sys; print(sys.prefix != sys.base_prefix)\n"
    made = image(tmp_path, named=script)
    assert run(made, tmp_path, "", "named")[1] == ["True"]
