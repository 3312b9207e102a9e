"""A container engine for the tests: one that answers, or Debian's dockerd started for them; and a base image.

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
def answering() -> Iterator[tuple[Engine | None, str]]:
    """Yield an engine, or None with the reason in one line."""
    with contextlib.ExitStack() as held:
        try:
            found = engine.find()
        except engine.NoEngineError as error:
            started = held.enter_context(_started())
            if isinstance(started, str):
                yield None, f"{error.what}; {started}"
                return
            found = started
        _make_base(found)
        yield found, found.name


@contextlib.contextmanager
def _started() -> Iterator[Engine | str]:
    program = shutil.which("dockerd", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if program is None or os.geteuid() != 0:
        yield "dockerd isn't installed" if program is None else "only root can start dockerd"
        return
    # A short path: the engine makes sockets below it, and the kernel gives their names 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="engine-", dir="/tmp"))
    address = f"unix://{folder}/socket"
    options = ["--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec", "--pidfile", f"{folder}/pid"]
    # No right that a container in continuous integration may lack: no overlay, no firewall, no bridge.
    options += ["--storage-driver", "vfs", "--iptables=false", "--ip6tables=false", "--bridge=none"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, "--host", address, *options], stdout=log, stderr=log)
    try:
        yield _connected(address, process, folder / "log")
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
    last = log.read_text(errors="replace").strip().splitlines()[-1:]
    return f"dockerd does not run here: {''.join(last)[:300]}"


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
    name, _, tag = BASE_IMAGE.partition(":")
    found.client.api.import_image_from_data(data.getvalue(), repository=name, tag=tag)


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
