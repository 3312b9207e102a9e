"""Glue's transforms as classes with `apply`, for `from awsglue.transforms import *`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyspark.sql.types import NullType

from .utils import not_carried_out

if TYPE_CHECKING:
    from .dynamicframe import DynamicFrame

__all__ = [
    "ApplyMapping",
    "DropFields",
    "DropNullFields",
    "ErrorsAsDynamicFrame",
    "Filter",
    "FlatMap",
    "Join",
    "Map",
    "MapToCollection",
    "Relationalize",
    "RenameField",
    "ResolveChoice",
    "SelectFields",
    "SelectFromCollection",
    "Spigot",
    "SplitFields",
    "SplitRows",
    "Unbox",
    "UnnestFrame",
]


class ApplyMapping:
    """Picks, renames and casts."""

    @staticmethod
    def apply(frame: DynamicFrame, mappings: Any, **given: Any) -> DynamicFrame:
        """Return the new frame."""
        return frame.apply_mapping(mappings, **given)


class SelectFields:
    """Keeps fields."""

    @staticmethod
    def apply(frame: DynamicFrame, paths: Any, **given: Any) -> DynamicFrame:
        """Return the new frame."""
        return frame.select_fields(paths, **given)


class DropFields:
    """Leaves fields out."""

    @staticmethod
    def apply(frame: DynamicFrame, paths: Any, **given: Any) -> DynamicFrame:
        """Return the new frame."""
        return frame.drop_fields(paths, **given)


class RenameField:
    """Renames a field."""

    @staticmethod
    def apply(frame: DynamicFrame, old_name: str, new_name: str, **given: Any) -> DynamicFrame:
        """Return the new frame."""
        return frame.rename_field(old_name, new_name, **given)


class Filter:
    """Keeps rows."""

    @staticmethod
    def apply(frame: DynamicFrame, f: Any, **given: Any) -> DynamicFrame:
        """Return the new frame."""
        return frame.filter(f, **given)


class Map:
    """Changes rows."""

    @staticmethod
    def apply(frame: DynamicFrame, f: Any, **given: Any) -> DynamicFrame:
        """Return the new frame."""
        return frame.map(f, **given)


class Join:
    """Joins two frames where fields are equal."""

    @staticmethod
    def apply(
        frame1: DynamicFrame, frame2: DynamicFrame, keys1: Any, keys2: Any, **given: Any
    ) -> DynamicFrame:
        """Return the new frame."""
        return frame1.join(keys1, keys2, frame2, **given)


class ResolveChoice:
    """Casts fields."""

    @staticmethod
    def apply(frame: DynamicFrame, specs: Any = None, choice: str = "", **given: Any) -> DynamicFrame:
        """Return the new frame."""
        return frame.resolveChoice(specs, choice, **given)


class DropNullFields:
    """Leaves out the fields that have no type but null."""

    @staticmethod
    def apply(frame: DynamicFrame, **given: Any) -> DynamicFrame:
        """Return the new frame."""
        empty = [one.name for one in frame.toDF().schema.fields if isinstance(one.dataType, NullType)]
        return frame.drop_fields(empty, **given)


class _Refused:
    def __init__(self, name: str) -> None:
        self._name = name

    def apply(self, *args: Any, **given: Any) -> Any:
        """Refuse."""
        del args, given
        raise not_carried_out(f"transform {self._name}")


ErrorsAsDynamicFrame = _Refused("ErrorsAsDynamicFrame")
FlatMap = _Refused("FlatMap")
MapToCollection = _Refused("MapToCollection")
Relationalize = _Refused("Relationalize")
SelectFromCollection = _Refused("SelectFromCollection")
Spigot = _Refused("Spigot")
SplitFields = _Refused("SplitFields")
SplitRows = _Refused("SplitRows")
Unbox = _Refused("Unbox")
UnnestFrame = _Refused("UnnestFrame")
