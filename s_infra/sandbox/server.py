"""The sandbox's server process: `python -m s_infra.sandbox.server --name N --directory D`.

The supervisor runs it. It says that it is ready by writing `ready.json`, whole, into its directory.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import logging
import os
import platform
import queue
import signal
import sys
from pathlib import Path
from typing import Any

from s_infra.errors import SInfraError
from s_infra.sandbox import clock, environment, kept, peers
from s_infra.sandbox.base import Base

READY_FILE = "ready.json"
STATUS_PATH = "/_s_infra/status"
PACKAGES = ("s-infra", "ministack", "boto3")
# A request waits so long for a thread that is at work: Python's own 5 ms are more than most requests take.
SWITCH_S = 0.0005


def serve(
    name: str,
    directory: Path,
    port: int,
    region: str,
    containers: str,
    outside: int | None,
    *,
    keep: bool = False,
    iam: bool = False,
) -> None:
    """Run the sandbox until SIGTERM. `containers` says how processes are kept together, for the status.

    `outside` is the descriptor of a socket to a process that sees Terraform; None if this one does. `keep`
    has the state written down at the end, and read from there now. `iam` has roles' policies enforced.
    """
    # Without `keep` nothing is put in order first: threads, functions and jobs end with this process.
    # The signal comes twice, to the group and from the first process: a handler that took a lock could find
    # itself holding it. Putting into this queue takes none.
    stopping: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, _: stopping.put(number) if keep else os._exit(0))
    sys.setswitchinterval(SWITCH_S)
    from s_infra.runner import ways
    from s_infra.sandbox import gate, provider, services
    from s_infra.sandbox.faults import calls, deliveries, page

    way = ways.choose()
    base = Base(directory / "data", port=port, region=region, keep=keep, iam=iam)
    base.engine = way.engine
    installed = services.install_all(base)
    deliveries.install(base)
    # Before all of them.
    gate.install(base)
    # A fault strikes whatever the gate says.
    calls.install(base)
    page.install(base)
    status: dict[str, Any] = {
        "name": name,
        "endpoint": base.endpoint,
        "region": region,
        "account_id": base.account_id,
        "containers": containers,
        "container_engine": way.described(),
        "keep": keep,
        "iam": iam,
        "services": list(installed),
        "versions": _versions(),
        "programs": _programs(),
    }
    base.add_page(STATUS_PATH, lambda: status)
    base.add_page(clock.PATH, base.clock.shown)
    base.add_command(clock.FORWARD_PATH, lambda given: clock.moved(base.clock, given))
    base.start()
    locate = peers.directory_of if outside is None else peers.Outside(outside).directory_of
    running_provider = provider.start(base.endpoint, region=region, locate=locate)
    _write(directory / READY_FILE, {**status, "reattach": running_provider.reattach()})
    stopping.get()
    (directory / "data" / kept.MARK).unlink(missing_ok=True)
    mark = {"port": base.port, "region": region, "lost": base.save()}
    _write(directory / "data" / kept.MARK, mark)
    os._exit(0)


def _programs() -> str:
    own = f"Python {platform.python_version()}"
    functions = f"a function on its runtime's where this machine has it, else on {own}, as its log says"
    return f"jobs run on {own}; {functions}"


def _versions() -> dict[str, str]:
    versions = {package: importlib.metadata.version(package) for package in PACKAGES}
    return {**versions, "python": platform.python_version()}


def _write(path: Path, content: object) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(content))
    partial.rename(path)


def main(arguments: list[str] | None = None) -> None:
    """Parse the supervisor's arguments and serve."""
    parser = argparse.ArgumentParser(prog="s_infra.sandbox.server")
    parser.add_argument("--name", required=True)
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--region", default=environment.DEFAULT_REGION)
    parser.add_argument("--containers", default="process group")
    parser.add_argument("--outside", type=int)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--iam", action="store_true")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        serve(
            given.name,
            given.directory,
            given.port,
            given.region,
            given.containers,
            given.outside,
            keep=given.keep,
            iam=given.iam,
        )
    except SInfraError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
