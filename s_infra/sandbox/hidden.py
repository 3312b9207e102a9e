"""Imports that find one package less."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def hidden(package: str) -> Iterator[None]:
    """Have imports not find a package that isn't loaded yet; only for while there is one thread."""
    if package in sys.modules:
        yield
        return
    sys.modules[package] = None  # type: ignore[assignment]  # how the import system says that there is none
    try:
        yield
    finally:
        del sys.modules[package]
