"""A Parquet object's schema and number of rows, from its footer (Thrift's compact protocol)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.glue.classify.types import Array, Column, Struct, Type, spelt
from s_infra.sandbox.services.glue.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Callable

MAGIC = b"PAR1"
TAIL = 8
# parquet.thrift: FileMetaData and SchemaElement, by their fields' numbers.
SCHEMA, ROWS = 2, 3
TYPE, REPETITION, NAME, CHILDREN, CONVERTED, SCALE, PRECISION, LOGICAL = 1, 3, 4, 5, 6, 7, 8, 10
REPEATED = 2
PHYSICAL = ("boolean", "int", "bigint", "timestamp", "float", "double", "binary", "binary")
# ConvertedType: those that say more than the physical type.
CONVERTED_TYPES = {
    **dict.fromkeys((0, 4, 19), "string"),
    6: "date",
    9: "timestamp",
    10: "timestamp",
    11: "smallint",
    12: "int",
    13: "bigint",
    15: "tinyint",
    16: "smallint",
    17: "int",
    18: "bigint",
}
MAP, MAP_KEY_VALUE, LIST, DECIMAL = 1, 2, 3, 5
LOGICAL_STRING, LOGICAL_TIMESTAMP, LOGICAL_UUID = 1, 8, 14
# Compact protocol: types of fields.
TRUE, FALSE, BYTE, DOUBLE, BINARY, LISTS, SETS, MAPS, STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12


@dataclass(frozen=True)
class Footer:
    """The columns and the number of rows."""

    columns: tuple[Column, ...]
    rows: int


def footer(size: int, read: Callable[[int, int], bytes]) -> Footer:
    """Return what the footer of an object of `size` bytes tells. Raises GlueError when it has none."""
    tail = read(max(size - TAIL, 0), size - 1)
    length = struct.unpack("<I", tail[:4])[0] if len(tail) == TAIL else 0
    if tail[4:] != MAGIC or length > size - TAIL:
        raise invalid("a Parquet file breaks off: it has no footer")
    try:
        found = _Reader(read(size - TAIL - length, size - TAIL - 1)).structure()
        elements = list(found[SCHEMA])
        root = elements.pop(0)
        fields = [_field(elements) for _ in range(root[CHILDREN])]
    except (IndexError, KeyError, struct.error, UnicodeDecodeError) as error:
        raise invalid(f"a Parquet file's footer can't be read: {error!r}") from error
    return Footer(tuple(Column(name.lower(), kind) for name, kind in fields), int(found[ROWS]))


def _field(elements: list[dict[int, Any]]) -> tuple[str, Type]:
    element = elements.pop(0)
    name = element[NAME].decode()
    children = [_field(elements) for _ in range(element.get(CHILDREN, 0))]
    kind = _group(element, children) if children else _leaf(element)
    # A repeated field outside a LIST is a list itself.
    if element.get(REPETITION) == REPEATED and name not in ("list", "bag", "array", "key_value", "map"):
        kind = Array(kind)
    return name, kind


def _group(element: dict[int, Any], children: list[tuple[str, Type]]) -> Type:
    converted = element.get(CONVERTED)
    inner = children[0][1]
    if converted == LIST:
        # Three levels: the list, its repeated group, the element.
        if isinstance(inner, Struct) and len(inner.fields) == 1:
            return Array(inner.fields[0][1])
        return inner if isinstance(inner, Array) else Array(inner)
    if converted in (MAP, MAP_KEY_VALUE) and isinstance(inner, Struct):
        return f"map<{','.join(spelt(kind) for _, kind in inner.fields)}>"
    return Struct(tuple(children))


def _leaf(element: dict[int, Any]) -> Type:
    converted, logical = element.get(CONVERTED), element.get(LOGICAL) or {}
    if converted == DECIMAL:
        return f"decimal({element[PRECISION]},{element.get(SCALE, 0)})"
    if converted in CONVERTED_TYPES:
        return CONVERTED_TYPES[converted]
    if LOGICAL_STRING in logical or LOGICAL_UUID in logical:
        return "string"
    if LOGICAL_TIMESTAMP in logical:
        return "timestamp"
    return PHYSICAL[element[TYPE]]


class _Reader:
    """Reads structures of Thrift's compact protocol as {field number: value}."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def structure(self) -> dict[int, Any]:
        found: dict[int, Any] = {}
        number = 0
        while (head := self._byte()) != 0:
            step, kind = head >> 4, head & 15
            number = number + step if step else self._zigzag()
            found[number] = kind == TRUE if kind in (TRUE, FALSE) else self._value(kind)
        return found

    def _value(self, kind: int) -> Any:
        if kind in (TRUE, FALSE):
            return self._byte() == TRUE
        if kind == BYTE:
            return self._byte()
        if kind == DOUBLE:
            return struct.unpack("<d", self._bytes(8))[0]
        if kind == BINARY:
            return self._bytes(self._varint())
        if kind in (LISTS, SETS):
            head = self._byte()
            count = head >> 4 if head >> 4 != 15 else self._varint()
            return [self._value(head & 15) for _ in range(count)]
        if kind == MAPS:
            return self._map()
        if kind == STRUCT:
            return self.structure()
        return self._zigzag()

    def _map(self) -> dict[Any, Any]:
        count = self._varint()
        kinds = self._byte() if count else 0
        return {self._value(kinds >> 4): self._value(kinds & 15) for _ in range(count)}

    def _byte(self) -> int:
        return self._bytes(1)[0]

    def _bytes(self, count: int) -> bytes:
        found = self._data[self._place : self._place + count]
        if len(found) != count:
            raise IndexError("it ends too early")
        self._place += count
        return found

    def _varint(self) -> int:
        found = shift = 0
        while (byte := self._byte()) & 128:
            found |= (byte & 127) << shift
            shift += 7
        return found | byte << shift

    def _zigzag(self) -> int:
        raw = self._varint()
        return (raw >> 1) ^ -(raw & 1)
