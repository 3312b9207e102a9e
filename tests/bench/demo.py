"""The walk of `make demo` against the same user programs run by hand: python tests/bench/demo.py [TIMES]."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import bare_programs

REPOSITORY = Path(__file__).parents[2]
PROGRAM = str(Path(sys.executable).with_name("s-infra"))
REPEATS = 3
TRIALS = 4
# The states in which a program of the user's runs; the others are the pipeline's own.
USERS = ("Transform", "Tune", "BatchTransform")


def measure(repeats: int = REPEATS) -> None:
    """Walk and run the programs by hand in turns, and print medians: stages, states, and the ratios."""
    walks, two_at_once, one_by_one = [], [], []
    for _ in range(repeats):
        walks.append(walk())
        two_at_once.append(by_hand(bare_programs.PARALLEL))
        one_by_one.append(by_hand(1))
    runs = statistics.median(_runs(one) for one in walks)
    for peer, seconds in (
        ("by hand, two trials at once as the tuning does", statistics.median(two_at_once)),
        ("by hand, one program after another", statistics.median(one_by_one)),
    ):
        over = 100 * (runs / seconds - 1)
        print(f"{'both runs of the walk, s':<34}{runs:>10.2f}{seconds:>10.2f}{runs / seconds:>8.2f}  {peer}")
        print(f"  over the programs, % (aim: 15){over:>14.0f}")
    print(f"{'make demo after installation, s (aim: 30)':<44}{_median(walks, 'total_seconds'):.2f}")
    for stage in _stages(walks[-1]):
        seconds = statistics.median(_stages(one).get(stage, 0.0) for one in walks)
        print(f"  {stage:<32}{seconds:>10.2f}")
    for kind in ("training", "scoring"):
        print(f"  {kind} run by state")
        for state in walks[-1][kind]["stages"]:
            seconds = statistics.median(one[kind]["stages"].get(state, 0.0) for one in walks)
            print(f"    {state:<30}{seconds:>10.2f}{'' if state in USERS else '  the pipeline'}")


def walk() -> dict[str, Any]:
    """Return the walk's own account of its seconds."""
    command = [
        PROGRAM,
        "sandbox",
        "exec",
        "--",
        sys.executable,
        "examples/walk.py",
        "ml-ops-on-aws",
        "--json",
    ]
    done = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def by_hand(parallel: int) -> float:
    """Return the seconds of the programs alone."""
    with tempfile.TemporaryDirectory() as scratch:
        return bare_programs.run_by_hand(Path(scratch), trials=TRIALS, parallel=parallel)


def _stages(result: dict[str, Any]) -> dict[str, float]:
    """Return the seconds of each stage, by names that are the same in every walk."""
    return {
        name.partition(" run ")[0] + " run" if " run " in name else name: seconds
        for name, seconds in result["seconds"].items()
    }


def _runs(result: dict[str, Any]) -> float:
    return sum(float(seconds) for name, seconds in result["seconds"].items() if " run " in name)


def _median(results: list[dict[str, Any]], name: str) -> float:
    return statistics.median(float(one[name]) for one in results)


if __name__ == "__main__":
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else REPEATS)
