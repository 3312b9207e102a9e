"""What of an operation is carried out: the fields, and for some of them the only values.

A service keeps a table of these; what isn't in it is refused by name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Fields:
    """The carried fields of a structure, as dotted paths through structures and lists.

    `whole` are taken with all that is below them; `only` are taken with one of the given values.
    """

    whole: frozenset[str]
    only: Mapping[str, tuple[object, ...]] = field(default_factory=dict)

    def under(self, prefix: str) -> Fields:
        """Return the same fields, a level down."""
        return Fields(
            frozenset(f"{prefix}.{path}" for path in self.whole),
            {f"{prefix}.{path}": values for path, values in self.only.items()},
        )

    def __or__(self, other: Fields) -> Fields:
        return Fields(self.whole | other.whole, {**self.only, **other.only})


def fields(whole: str, **only: tuple[object, ...]) -> Fields:
    """Return the fields of a text of paths; in a keyword's name `__` stands for a dot."""
    return Fields(
        frozenset(whole.split()), {path.replace("__", "."): values for path, values in only.items()}
    )


def not_carried(carried: Fields, request: Mapping[str, Any]) -> str | None:
    """Return the first field of the request that isn't carried out, with its value where that is why."""
    for path, value in _leaves(request, "", carried):
        if path in carried.only:
            if value not in carried.only[path]:
                return f"{path} {value}"
        elif path not in carried.whole:
            return path
    return None


def _leaves(value: Any, path: str, carried: Fields) -> list[tuple[str, Any]]:
    """Return the paths that are given, down to those that are carried whole."""
    if path in carried.whole or path in carried.only:
        return [(path, value)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item, path, carried)]
    if isinstance(value, dict):
        below = [
            leaf
            for name, item in value.items()
            if item is not None
            for leaf in _leaves(item, f"{path}.{name}" if path else name, carried)
        ]
        known = not path or any(one.startswith(f"{path}.") for one in (*carried.whole, *carried.only))
        # The field that nothing is carried of is named itself, not what is in it.
        return below if known else [(path, value)]
    return [(path, value)]
