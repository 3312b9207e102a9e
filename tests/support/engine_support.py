"""Container engines for the tests: those that answer, or Debian's started for them; and a base image.

Nothing is pulled: the base image is made of this machine's own Python.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from s_infra.packaging import engine
from s_infra.packaging.engine import Engine
from s_infra.tar import tarfile

BASE_IMAGE = "s-infra-test-python:1"
START_TIMEOUT_S = 20.0
PROGRAMS = ("sh", "env", "ls", "sleep", "cat")
LEFT_OUT = {
    "test",
    "site-packages",
    "dist-packages",
    "idlelib",
    "ensurepip",
    "lib2to3",
    "__pycache__",
    "tkinter",
}


@contextlib.contextmanager
def answering(kind: str) -> Iterator[tuple[Engine | None, str]]:
    """Yield an engine of that kind, `docker` or `podman`, or None with the reason in one line."""
    with contextlib.ExitStack() as held:
        found = _present(kind) or held.enter_context(started(kind))
        if isinstance(found, str):
            yield None, found
            return
        _make_base(found.engine)
        yield found.engine, found.engine.name


@dataclass(frozen=True)
class Running:
    """An engine, and its process where a test started it."""

    engine: Engine
    process: subprocess.Popen[bytes] | None = None


def _present(kind: str) -> Running | None:
    try:
        found = engine.find()
    except engine.NoEngineError:
        return None
    return Running(found) if (found.podman is not None) == (kind == "podman") else None


@contextlib.contextmanager
def started(kind: str) -> Iterator[Running | str]:
    """Start Debian's dockerd, or Podman's service; yield it, or the reason why it can't be had."""
    name = {"docker": "dockerd", "podman": "podman"}[kind]
    program = shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if program is None or os.geteuid() != 0:
        yield f"{name} isn't installed" if program is None else f"only root can start {name}"
        return
    # A short path: the engine makes sockets below it, and the kernel gives their names 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="engine-", dir="/tmp"))
    address = f"unix://{folder}/socket"
    # No right that a container in continuous integration may lack: no overlay, no firewall, no bridge.
    if kind == "docker":
        command = [program, "--host", address, "--data-root", f"{folder}/data", "--exec-root"]
        command += [f"{folder}/exec", "--pidfile", f"{folder}/pid", "--storage-driver", "vfs"]
        command += ["--iptables=false", "--ip6tables=false", "--bridge=none"]
    else:
        command = [program, "--root", f"{folder}/data", "--runroot", f"{folder}/run", "--tmpdir"]
        command += [f"{folder}/tmp", "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs"]
        command += ["--events-backend", "file", "system", "service", "--time", "0", address]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        found = _connected(address, process, folder / "log")
        yield Running(found, process) if isinstance(found, Engine) else f"{name} does not run here: {found}"
    finally:
        process.terminate()
        try:
            process.wait(START_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _connected(address: str, process: subprocess.Popen[bytes], log: Path) -> Engine | str:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(engine.NoEngineError):
            return engine.connect(address)
        time.sleep(0.1)
    return "".join(log.read_text(errors="replace").strip().splitlines()[-1:])[:300]


def _make_base(found: Engine) -> None:
    if found.has(BASE_IMAGE):
        return
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for path in sorted(_files()):
            archive.add(path.resolve(), arcname=str(path), recursive=False)
        link = tarfile.TarInfo("usr/bin/python3")
        link.type, link.linkname = tarfile.SYMTYPE, str(Path(sys.executable).resolve())
        if Path("/usr/bin/python3").resolve() != Path(sys.executable).resolve():
            archive.addfile(link)
    # The tag in the name: given apart, Podman's passes it over.
    found.client.api.import_image_from_data(data.getvalue(), repository=BASE_IMAGE)


def _files() -> set[Path]:
    python = Path(sys.executable).resolve()
    programs = {Path("/bin", name) for name in PROGRAMS} | {Path("/usr/bin/env"), python}
    if Path("/usr/bin/python3").resolve() == python:
        programs.add(Path("/usr/bin/python3"))
    library = {
        Path(root, name)
        for top in {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
        for root, folders, names in os.walk(top)
        for name in names
        if not LEFT_OUT & set(Path(root).relative_to(top).parts) and not name.endswith((".pyc", ".a"))
    }
    loaded = {path for path in programs | library if path in programs or path.suffix == ".so"}
    return programs | library | _libraries(loaded)


def _libraries(loaded: set[Path]) -> set[Path]:
    """Return the shared libraries that these load."""
    listed = subprocess.run(["ldd", *sorted(map(str, loaded))], capture_output=True, text=True, check=False)
    return {Path(found) for found in re.findall(r"(/\S+\.so[.\d]*) \(0x", listed.stdout)}
