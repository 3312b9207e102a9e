"""Measures `s-infra docs render` on 218 modules and on one, against terraform-docs if one is on the PATH.

`python tests/bench/documentation.py`; `make bench` has it, too. It shows growth to 10,000 modules, too.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import corpus

PROGRAM = str(Path(sys.executable).with_name("s-infra"))
PEER = shutil.which("terraform-docs")
REPEATS = 7
ONE_MODULE_REPEATS = 41
SIZES = (200, 2_000, 10_000)


@dataclass(frozen=True)
class Taken:
    """What one process, with those that it started, took."""

    seconds: float
    cpu: float
    megabytes: float
    """Of the largest of its processes."""


@dataclass(frozen=True)
class Comparison:
    """A measure: ours, and terraform-docs' or None where there is none."""

    what: str
    ours: float
    peer: float | None


def comparisons() -> list[Comparison]:
    """Return the medians for a whole repository and for one module, cold and where nothing changed."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        root = scratch / "corpus"
        corpus.write(root)
        module = max((root / "modules").iterdir(), key=lambda one: one.name)
        peer_all = ["markdown", "table", "--recursive", "--output-file", "PEER.md", str(root)]
        cold, again, peer, one_cold, one_again, one_peer = [], [], [], [], [], []
        for _ in range(REPEATS):
            cold.append(_recursive(scratch, root, fresh=True).seconds)
            again.append(_recursive(scratch, root, fresh=False).seconds)
            peer += _peer(peer_all)
        for _ in range(ONE_MODULE_REPEATS):
            shutil.rmtree(scratch / "cache")
            one_cold.append(_ours(scratch, str(module)).seconds * 1000)
            one_again.append(_ours(scratch, str(module)).seconds * 1000)
            one_peer += [seconds * 1000 for seconds in _peer(["markdown", "table", str(module)])]
        return [
            Comparison("218 modules, cold, s (aim: 0.4)", statistics.median(cold), _median(peer)),
            Comparison("218 modules, same, s (aim: 0.1)", statistics.median(again), _median(peer)),
            Comparison("one module, cold, ms", statistics.median(one_cold), _median(one_peer)),
            Comparison("one module, same, ms", statistics.median(one_again), _median(one_peer)),
        ]


def growth() -> list[tuple[int, Taken]]:
    """Return what a cold run over repositories of several sizes takes."""
    found = []
    for modules in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            corpus.write(Path(folder, "corpus"), modules)
            found.append((modules, _recursive(Path(folder), Path(folder, "corpus"), fresh=True)))
    return found


def _recursive(scratch: Path, root: Path, *, fresh: bool) -> Taken:
    if fresh:
        for one in ("cache", "pages"):
            shutil.rmtree(scratch / one, ignore_errors=True)
    return _ours(scratch, "--recursive", "--out", str(scratch / "pages"), str(root))


def _ours(scratch: Path, *arguments: str) -> Taken:
    command = [PROGRAM, "docs", "render", "markdown-table", *arguments]
    return _timed(command, {**os.environ, "XDG_CACHE_HOME": str(scratch / "cache")})


def _peer(arguments: list[str]) -> list[float]:
    return [_timed([PEER, *arguments], dict(os.environ)).seconds] if PEER else []


def _median(seconds: list[float]) -> float | None:
    return statistics.median(seconds) if seconds else None


def _timed(command: list[str], environment: dict[str, str]) -> Taken:
    """Run a command in a process of its own, so that memory is its own, too."""
    measure = (
        "import json, resource, subprocess, sys, time\n"
        "begun = time.perf_counter()\n"
        "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)\n"
        "seconds = time.perf_counter() - begun\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", measure, *command], env=environment, capture_output=True, text=True, check=True
    )
    return Taken(*map(float, done.stdout.split()))


if __name__ == "__main__":
    for one in comparisons():
        ratio = f"{one.ours / one.peer:>8.2f}" if one.peer else ""
        print(f"{one.what:<36}{one.ours:>10.3f}{one.peer or float('nan'):>10.3f}{ratio}")
    for modules, taken in growth():
        figures = f"{taken.seconds:7.2f} s, {taken.cpu:7.2f} s of CPU, {taken.megabytes:6.0f} MB"
        print(f"{modules:>6} modules: {figures}")
