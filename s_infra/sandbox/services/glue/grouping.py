"""Which objects make one table, which of its folders are partitions, and what a table is called."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from s_infra.sandbox.services.glue.classify.types import Column, merged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from s_infra.sandbox.services.glue.classify import Kind

# AWS: schemas are alike when this share of their columns is.
ALIKE = 0.7
LONGEST_NAME = 255


@dataclass(frozen=True)
class Object:
    """An object and what it is; None where it wasn't looked into, its folder's sample being full."""

    key: str
    size: int
    kind: Kind | None


@dataclass(frozen=True)
class Group:
    """The objects of one table. `root` is its folder (`a/b/`), or the key of its one object."""

    root: str
    objects: tuple[Object, ...]

    @cached_property
    def kind(self) -> Kind:
        """What the objects are together: columns and types that take the rows of all."""
        kinds = [one.kind for one in self.objects if one.kind is not None]
        columns = columns_of(kinds)
        return replace(
            kinds[0], columns=columns, paths=tuple(dict.fromkeys(sum((k.paths for k in kinds), ())))
        )

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The partition keys' names, from the first folder that has them in its name."""
        parts = [_parts(self.root, one.key) for one in self.objects]
        return tuple(
            next((part[0] for part in at_level if part[0]), f"partition_{level}")
            for level, at_level in enumerate(zip(*parts, strict=True))
        )

    def partitions(self) -> Mapping[tuple[str, ...], list[Object]]:
        """The objects by their partition's values."""
        found: dict[tuple[str, ...], list[Object]] = {}
        for one in self.objects:
            values = tuple(value for _, value in _parts(self.root, one.key))
            found.setdefault(values, []).append(one)
        return found


def columns_of(kinds: Sequence[Kind]) -> tuple[Column, ...]:
    """Return the columns of all kinds, by their names, in the order of the first that has them."""
    found: dict[str, Column] = {}
    for kind in kinds:
        for column in kind.columns:
            before = found.get(column.name)
            found[column.name] = Column(
                column.name, merged(before.type, column.type) if before is not None else column.type
            )
    return tuple(found.values())


def groups(root: str, objects: Sequence[Object], *, combine: bool) -> Iterator[Group]:
    """Give the tables of a folder. `combine`: whatever of one format can be one table is."""
    if not objects:
        return
    if _belong_together(root, objects, combine=combine):
        yield Group(root, tuple(objects))
        return
    # A table at the folder itself would have the rows of all that is below it.
    here = [one for one in objects if "/" not in one.key.removeprefix(root)]
    yield from (Group(one.key, (one,)) for one in here if one.kind is not None)
    folders: dict[str, list[Object]] = {}
    for one in objects:
        name, slash, _ = one.key.removeprefix(root).partition("/")
        if slash:
            folders.setdefault(f"{root}{name}/", []).append(one)
    for folder, inside in folders.items():
        yield from groups(folder, inside, combine=combine)


def _belong_together(root: str, objects: Sequence[Object], *, combine: bool) -> bool:
    depths = {one.key.removeprefix(root).count("/") for one in objects}
    kinds = [one.kind for one in objects if one.kind is not None]
    if len(depths) != 1 or not kinds:
        return False
    first = kinds[0]
    return all(
        (kind.classification, kind.compression, kind.delimiter)
        == (first.classification, first.compression, first.delimiter)
        and (combine or _alike(first, kind))
        for kind in kinds[1:]
    )


def _alike(one: Kind, other: Kind) -> bool:
    left, right = {column.name for column in one.columns}, {column.name for column in other.columns}
    return len(left & right) >= ALIKE * max(len(left), len(right))


def _parts(root: str, key: str) -> list[tuple[str, str]]:
    """Return the folders between a table's root and an object as (name or "", value)."""
    folders = key.removeprefix(root).split("/")[:-1]
    pairs = [folder.partition("=") for folder in folders]
    return [(name.lower(), value) if equals else ("", name) for name, equals, value in pairs]


def table_name(bucket: str, root: str, prefix: str, taken: set[str]) -> str:
    """Return a table's name: its folder's or object's, made plain, and none of `taken`."""
    last = root.rstrip("/").rpartition("/")[2] or bucket
    name = (prefix + re.sub(r"[^a-z0-9_]", "_", last.lower()))[:LONGEST_NAME].lower()
    if name in taken:
        name = f"{name[: LONGEST_NAME - 33]}_{hashlib.md5(root.encode(), usedforsecurity=False).hexdigest()}"
    return name
