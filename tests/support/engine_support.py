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
from pathlib import Path

import pytest

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
    try:
        found = engine.find()
    except engine.NoEngineError:
        pass
    else:
        if (found.podman is not None) == (kind == "podman"):
            make_base(found)
            yield found, found.name
            return
    with daemon(kind) as (own, reason):
        if own is None:
            yield None, reason
            return
        make_base(own.engine)
        yield own.engine, own.engine.name


@contextlib.contextmanager
def pointed_at(kind: str) -> Iterator[Engine]:
    """Yield an engine of that kind, which what is started then uses; without one the test is left out."""
    with answering(kind) as (found, reason):
        if found is None:
            pytest.skip(f"no container engine: {reason}")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DOCKER_HOST", found.address)
            patch.setenv("S_INFRA_CONTAINERS", "auto")
            yield found


class Daemon:
    """Debian's dockerd, or Podman's service, in a folder of its own; it can be killed and started again."""

    engine: Engine

    def __init__(self, kind: str, program: str, folder: Path) -> None:
        self.address = f"unix://{folder}/socket"
        self._log = folder / "log"
        # No right that a container in continuous integration may lack: no firewall, no bridge. Each takes the
        # storage that works here.
        if kind == "docker":
            self._command = [program, "--host", self.address, "--data-root", f"{folder}/data", "--exec-root"]
            self._command += [f"{folder}/exec", "--pidfile", f"{folder}/pid"]
            self._command += ["--iptables=false", "--ip6tables=false", "--bridge=none"]
        else:
            self._command = [program, "--root", f"{folder}/data", "--runroot", f"{folder}/run", "--tmpdir"]
            self._command += [f"{folder}/tmp", "--cgroup-manager", "cgroupfs"]
            self._command += ["--events-backend", "file", "system", "service", "--time", "0", self.address]

    def start(self) -> str | None:
        """Start it; return why it doesn't run here, or None when it answers."""
        reason = self._try()
        # After a crash its containerd may take longer than the 15 s that dockerd gives it.
        return self._try() if reason and "containerd" in reason else reason

    def _try(self) -> str | None:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(engine.NoEngineError):
                self.engine = engine.connect(self.address)
                return None
            time.sleep(0.1)
        return "".join(self._log.read_text(errors="replace").strip().splitlines()[-1:])[:300]

    def kill(self) -> None:
        """End it as a crash would."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End it in order, or else."""
        self._process.terminate()
        try:
            self._process.wait(START_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()


@contextlib.contextmanager
def daemon(kind: str) -> Iterator[tuple[Daemon | None, str]]:
    """Start an engine and yield it, or None with the reason why it can't be had."""
    name = {"docker": "dockerd", "podman": "podman"}[kind]
    program = shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if program is None or os.geteuid() != 0:
        yield None, f"{name} isn't installed" if program is None else f"only root can start {name}"
        return
    # A short path: the engine makes sockets below it, and the kernel gives their names 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="engine-", dir="/tmp"))
    own = Daemon(kind, program, folder)
    try:
        reason = own.start()
        yield (own, own.engine.name) if reason is None else (None, f"{name} does not run here: {reason}")
    finally:
        own.stop()
        _remove(folder)


def _remove(folder: Path) -> None:
    """Remove an engine's folder, with what one that was killed has left mounted in it."""
    mounted = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for place in reversed(mounted):
        if Path(place).is_relative_to(folder):
            subprocess.run(["umount", "--lazy", place], check=True)
    shutil.rmtree(folder, ignore_errors=True)


def make_base(found: Engine) -> None:
    """Have the base image in an engine."""
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
