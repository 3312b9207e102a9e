"""What a container is started with, how it ends, and what both ways of running one can do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from s_infra.runner.engine import EngineImage
    from s_infra.runner.image import Image

HTTP_PORT = 8080


@dataclass(frozen=True)
class Run:
    """What to run. `base` holds what lies under /opt/ml, a folder for each part of it.

    `endpoint_port` is the port of the sandbox that the program may reach; None: it has no network.
    """

    image: Image | EngineImage
    arguments: tuple[str, ...]
    base: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    entrypoint: tuple[str, ...] = ()
    hostname: str = "algo-1"
    endpoint_port: int | None = None


@dataclass(frozen=True)
class Exit:
    """How a program ended: its exit code (128 + n for signal n), or why it never started."""

    code: int
    error: str | None = None


class Started(Protocol):
    """What `Container` needs of a way to run one; its methods are described there."""

    @property
    def socket(self) -> Path | None: ...  # noqa: D102
    @property
    def port(self) -> int | None: ...  # noqa: D102
    def wait(self, timeout: float | None = None) -> Exit | None: ...  # noqa: D102
    def running(self) -> bool: ...  # noqa: D102
    def stop(self, grace: float) -> None: ...  # noqa: D102
    def kill(self) -> None: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102
