"""Imports that find one package less, or find nothing in it."""

from __future__ import annotations

import contextlib
import sys
import types
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


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


@contextlib.contextmanager
def stood_in(modules: Mapping[str, Sequence[str]]) -> Iterator[None]:
    """Have imports find empty classes of these names in these modules; only for while there is one thread.

    A module that is loaded already stays as it is.
    """
    stand_ins = {}
    for name, classes in modules.items():
        if name not in sys.modules:
            stand_ins[name] = types.ModuleType(name)
            vars(stand_ins[name]).update({one: type(one, (), {}) for one in classes})
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name in stand_ins:
            del sys.modules[name]
