"""Expressions over partition keys: comparisons, IN, LIKE, BETWEEN, IS NULL, NOT, AND, OR and parentheses."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from s_infra.sandbox.services.glue.errors import invalid

Row: TypeAlias = Mapping[str, str]
Predicate: TypeAlias = Callable[[Row], bool]
TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^']|'')*'|"[^"]*")|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>`[^`]+`|[A-Za-z_]\w*)"""
    r"""|(?P<sign><=|>=|<>|!=|=|<|>|\(|\)|,))"""
)
COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
NUMERIC = ("tinyint", "smallint", "int", "bigint", "decimal", "float", "double")
# What Hive names the partition of rows without a value.
NULL = "__HIVE_DEFAULT_PARTITION__"


def predicate(text: str, keys: Sequence[Mapping[str, Any]]) -> Predicate:
    """Return what tells whether a partition, as its values by its keys' names, is meant by an expression.

    Raises GlueError when the expression can't be read, or names what is no partition key.
    """
    if not text.strip():
        return _all
    parser = _Parser(text, {key["Name"].lower(): str(key.get("Type", "string")) for key in keys})
    found = parser.either()
    if parser.tokens:
        raise parser.wrong()
    return found


class _Parser:
    def __init__(self, text: str, types: Mapping[str, str]) -> None:
        self._text, self._types = text, types
        self.tokens: list[tuple[str, str]] = []
        place = 0
        while text[place:].strip():
            match = TOKEN.match(text, place)
            if match is None:
                raise self.wrong()
            self.tokens.append((str(match.lastgroup), match[str(match.lastgroup)]))
            place = match.end()

    def wrong(self) -> Exception:
        return invalid(f"Unsupported expression '{self._text}'")

    def either(self) -> Predicate:
        left = self._both()
        while self._word("or"):
            left = _or(left, self._both())
        return left

    def _both(self) -> Predicate:
        left = self._one()
        while self._word("and"):
            left = _and(left, self._one())
        return left

    def _one(self) -> Predicate:
        if self._word("not"):
            inner = self._one()
            return lambda row: not inner(row)
        if self._take("sign", "("):
            found = self.either()
            self._need(")")
            return found
        return self._condition()

    def _condition(self) -> Predicate:
        kind, name = self._next()
        name = name.strip("`").lower()
        if kind != "name" or name not in self._types:
            raise self.wrong()
        convert = _converter(self._types[name], self.wrong)
        if self._word("is"):
            negated = self._word("not")
            if not self._word("null"):
                raise self.wrong()
            return lambda row: (row[name] == NULL) != negated
        negated = self._word("not")
        test = self._test(convert)

        def holds(row: Row) -> bool:
            return row[name] != NULL and test(convert(row[name])) != negated

        return holds

    def _test(self, convert: Callable[[str], Any]) -> Callable[[Any], bool]:
        if self._word("in"):
            self._need("(")
            values = [convert(self._value())]
            while self._take("sign", ","):
                values.append(convert(self._value()))
            self._need(")")
            return lambda value: value in values
        if self._word("between"):
            low = convert(self._value())
            if not self._word("and"):
                raise self.wrong()
            high = convert(self._value())
            return lambda value: bool(low <= value <= high)
        if self._word("like"):
            parts = re.split("([%_])", self._value())
            pattern = "".join({"%": ".*", "_": "."}.get(part, re.escape(part)) for part in parts)
            return lambda value: re.fullmatch(pattern, str(value), re.DOTALL) is not None
        kind, sign = self._next()
        if kind != "sign" or sign not in COMPARISONS:
            raise self.wrong()
        wanted = convert(self._value())
        return lambda value: COMPARISONS[sign](value, wanted)

    def _value(self) -> str:
        kind, text = self._next()
        if kind == "name" and text.lower() in ("date", "timestamp"):
            kind, text = self._next()
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind != "number":
            raise self.wrong()
        return text

    def _next(self) -> tuple[str, str]:
        if not self.tokens:
            raise self.wrong()
        return self.tokens.pop(0)

    def _take(self, kind: str, text: str) -> bool:
        if self.tokens and self.tokens[0][0] == kind and self.tokens[0][1].lower() == text:
            self.tokens.pop(0)
            return True
        return False

    def _word(self, text: str) -> bool:
        return self._take("name", text)

    def _need(self, sign: str) -> None:
        if not self._take("sign", sign):
            raise self.wrong()


def _converter(kind: str, wrong: Callable[[], Exception]) -> Callable[[str], Any]:
    if not kind.lower().startswith(NUMERIC):
        return str

    def convert(text: str) -> Decimal:
        try:
            return Decimal(text)
        except InvalidOperation as error:
            raise wrong() from error

    return convert


def _all(row: Row) -> bool:
    del row
    return True


def _or(left: Predicate, right: Predicate) -> Predicate:
    return lambda row: left(row) or right(row)


def _and(left: Predicate, right: Predicate) -> Predicate:
    return lambda row: left(row) and right(row)
