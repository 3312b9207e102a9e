"""Starts one container's program in namespaces of its own, on Linux.

Reads a JSON object on stdin (see `container.py`), writes one on the descriptor `status`: `{"code": n}`,
`{"signal": n}` or `{"error": text}`. Three processes: the launcher waits outside and passes SIGTERM on;
its child is the first process of the PID namespace, sets the file system up and collects orphans; that
one's child is the program. Standard library only, and little of it: this is a container's starting time.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from typing import Any

from s_infra.runner.launcher import filesystem, identity, kernel, relay


def main(status: int) -> None:
    """Run the program that stdin describes."""
    os.set_inheritable(status, False)
    # A stop that comes early waits until there is a program to pass it on to.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    spec = json.load(sys.stdin)
    kernel.die_with_parent()
    try:
        # Before the namespaces: it stays on the machine's network, and no thread can be started after.
        relay.serve_in_process(spec["outer_relays"])
        kernel.enter_namespaces()
        first = os.fork()
    except OSError as error:
        _report(status, {"error": f"namespaces: {error}"})
        return
    if first == 0:
        _first_process(spec, status)
    os.close(status)
    if handed := spec.get("handed_over"):
        os.close(handed[1])
    # The program's output ends when the program ends, not when the launcher does.
    _to_null(0, 1, 2)
    _pass_on_to(first)
    os.waitpid(first, 0)


def probe(stage: str, image_root: str) -> None:
    """Try every namespace and mount that a container needs; exits with 1 where one fails."""
    spec = {"stage": stage, "image_root": image_root, "scratch": image_root, "binds": [], "emptied": []}
    try:
        kernel.enter_namespaces()
        first = os.fork()
        if first == 0:
            kernel.enter_network_namespace()
            filesystem.set_up(spec)
            os._exit(0)
    except OSError as error:
        _say(str(error))
        os._exit(1)
    os._exit(os.waitstatus_to_exitcode(os.waitpid(first, 0)[1]))


def _first_process(spec: dict[str, Any], status: int) -> None:
    """Set the container up, run the program, report its end. Never returns; the kernel then ends the rest."""
    try:
        kernel.die_with_parent()
        kernel.enter_network_namespace()
        kernel.set_hostname(spec["hostname"])
        if handed := spec.get("handed_over"):
            relay.hand_over(*handed)
        relay.serve_in_process(spec["inner_relays"], own_mounts=True)
        filesystem.set_up(spec)
        program = os.fork()
        if program == 0:
            _program(spec)
        _pass_on_to(program)
        _to_null(0, 1, 2)
        _report(status, _wait(program))
    except OSError as error:
        _report(status, {"error": f"setting the container up: {error}"})
    finally:
        os._exit(0)


def _wait(program: int) -> dict[str, int]:
    while True:
        pid, code = os.wait()
        if pid == program:
            number = os.waitstatus_to_exitcode(code)
            return {"code": number} if number >= 0 else {"signal": -number}


def _program(spec: dict[str, Any]) -> None:
    """Become the container's program; what goes wrong is said on its stderr, with Docker's exit codes."""
    arguments = spec["arguments"]
    try:
        os.setsid()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        _to_null(0)
        if spec["user"]:
            identity.become(*spec["user"], in_place=spec["has_users"])
        elif not spec["has_users"]:
            identity.let_changes_pass()
        os.chdir(spec["working_directory"])
        os.execvpe(arguments[0], arguments, spec["environment"])  # noqa: S606 - a container has no shell around it
    except FileNotFoundError:
        _say(f'exec: "{arguments[0]}": executable file not found in $PATH')
        os._exit(127)
    except OSError as error:
        _say(f'exec: "{arguments[0]}": {error.strerror}')
        os._exit(126)


def _pass_on_to(pid: int) -> None:
    def forward(*_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)

    signal.signal(signal.SIGTERM, forward)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})


def _to_null(*descriptors: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in descriptors:
        os.dup2(null, descriptor)
    os.close(null)


def _say(text: str) -> None:
    os.write(2, f"{text}\n".encode())


def _report(status: int, content: dict[str, Any]) -> None:
    os.write(status, json.dumps(content).encode())
