"""Where Python code is to run in AWS: its Python, its processor, the oldest C library that it finds there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.tags import compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

from s_infra.errors import SInfraError

if TYPE_CHECKING:
    from pathlib import Path

MAKES_WHEELS, MAKES_ZIPS = "wheels", "zips"


@dataclass(frozen=True)
class Target:
    """`python` is `3.13`, `machine` a platform tag's, `glibc` the minor version of 2.x; `makes`: of what."""

    name: str
    python: str
    machine: str
    glibc: int
    makes: str

    @property
    def platform(self) -> str:
        """The platform by uv's name."""
        return f"{self.machine}-manylinux_2_{self.glibc}"

    def takes(self, wheel: Path) -> bool:
        """Return whether a wheel of this name can be installed there."""
        major, minor = map(int, self.python.split("."))
        interpreter = f"cp{major}{minor}"
        platforms = [f"manylinux_2_{one}_{self.machine}" for one in range(self.glibc, 4, -1)]
        platforms += [f"manylinux{year}_{self.machine}" for year in ("2014", "2010", "1")]
        supported = {
            *cpython_tags((major, minor), [interpreter], platforms),
            *compatible_tags((major, minor), interpreter, platforms),
        }
        return not supported.isdisjoint(parse_wheel_filename(wheel.name)[3])


def _lambda(python: str, architecture: str, machine: str) -> Target:
    # Amazon Linux 2023, whose glibc is 2.34 ("Lambda runtimes", Lambda Developer Guide).
    return Target(f"lambda-{python}-{architecture}", python, machine, 34, MAKES_ZIPS)


TARGETS = {
    target.name: target
    for target in (
        # What manylinux2014 stands for: older than any system that Python shell jobs have run on.
        Target("glue-python-shell-3.9", "3.9", "x86_64", 17, MAKES_WHEELS),
        # Glue 5 is Amazon Linux 2023 ("AWS Glue versions", Glue Developer Guide).
        Target("glue-spark-3.11", "3.11", "x86_64", 34, MAKES_WHEELS),
        _lambda("3.12", "arm64", "aarch64"),
        _lambda("3.12", "x86_64", "x86_64"),
        _lambda("3.13", "arm64", "aarch64"),
        _lambda("3.13", "x86_64", "x86_64"),
    )
}


def named(name: str) -> Target:
    """Return the target of that name.

    Raises:
        SInfraError: there is none.
    """
    if name not in TARGETS:
        raise SInfraError("there is no such target", which=name, next_step=f"one of {', '.join(TARGETS)}")
    return TARGETS[name]
