"""Metric math: expressions as CloudWatch writes them, computed on time series.

Source: "Using metric math" in the CloudWatch user guide. A value is a number, a series (time → number) or a
list of series. What isn't here is refused by its name, never evaluated as Python.
"""

from __future__ import annotations

import ast
import itertools
import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from s_infra.sandbox.services.cloudwatch.errors import not_carried_out, validation

Series: TypeAlias = dict[int, float]
Value: TypeAlias = "float | Series | list[Series] | str"
TOKEN = re.compile(
    r"\s*(?:(?P<text>\"[^\"]*\"|'[^']*')|(?P<word>[A-Za-z_]\w*)|(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)"
    r"|(?P<sign>&&|\|\||==|!=|<=|>=|[-+*/^<>(),\[\]]))"
)
WORDS = {"AND": "and", "OR": "or"}
SIGNS = {"^": "**", "&&": " and ", "||": " or "}
BINARY: Mapping[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


@dataclass(frozen=True)
class Grid:
    """The times at which a series may have values: `count` periods of seconds from `start` on."""

    start: int
    period: int
    count: int

    @property
    def times(self) -> list[int]:
        """The start of each period, oldest first."""
        return [self.start + number * self.period for number in range(self.count)]


@dataclass(frozen=True)
class Scope:
    """What an expression can name: the queries by their ids, and which of them are metrics."""

    look_up: Callable[[str], Value]
    metrics: Mapping[str, Callable[[], Series]]
    grid: Grid


def parsed(text: str) -> ast.expr:
    """Return an expression's tree.

    Raises:
        CloudWatchError: it is no expression, or an SQL query.
    """
    if text.lstrip().upper().startswith("SELECT "):
        raise not_carried_out("Expression SELECT (Metrics Insights)")
    if re.match(r"\s*SEARCH\s*\(", text):
        raise not_carried_out("Expression SEARCH()")
    try:
        return ast.parse(_as_python(text), mode="eval").body
    except (SyntaxError, ValueError, RecursionError) as error:
        raise validation(f"Error in expression '{text}': Invalid syntax") from error


def names(tree: ast.expr) -> set[str]:
    """Return the ids that an expression names."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and id(node) not in called and node.id not in WORDS_OF_FILL
    }


def evaluated(tree: ast.expr, scope: Scope) -> Value:
    """Return what an expression comes to.

    Raises:
        CloudWatchError: a function or a form isn't carried out, or is used wrongly.
    """
    if isinstance(tree, ast.Constant) and isinstance(tree.value, int | float | str):
        return tree.value if isinstance(tree.value, str) else float(tree.value)
    if isinstance(tree, ast.Name):
        return scope.look_up(tree.id)
    if isinstance(tree, ast.List):
        return [_series(evaluated(one, scope), "[]") for one in tree.elts]
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
        return _combined(operator.sub, 0.0, evaluated(tree.operand, scope))
    if isinstance(tree, ast.BinOp) and type(tree.op) in BINARY:
        return _combined(BINARY[type(tree.op)], evaluated(tree.left, scope), evaluated(tree.right, scope))
    if isinstance(tree, ast.Compare) and len(tree.ops) == 1 and type(tree.ops[0]) in BINARY:
        left, right = evaluated(tree.left, scope), evaluated(tree.comparators[0], scope)
        return _combined(BINARY[type(tree.ops[0])], left, right)
    if isinstance(tree, ast.BoolOp):
        result = evaluated(tree.values[0], scope)
        for one in tree.values[1:]:
            result = _combined(_logic(tree.op), result, evaluated(one, scope))
        return result
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and not tree.keywords:
        return _called(tree.func.id, tree.args, scope)
    raise not_carried_out("Expression of that form")


def _as_python(text: str) -> str:
    out, at = [], 0
    while at < len(text.rstrip()):
        found = TOKEN.match(text, at)
        if found is None:
            raise ValueError(text[at:])
        at = found.end()
        token = found.group().strip()
        if found["word"]:
            out.append(f" {WORDS.get(token, token)} ")
        elif found["sign"]:
            out.append(SIGNS.get(token, token))
        else:
            out.append(token)
    return "".join(out).strip()


def _logic(sign: ast.boolop) -> Callable[[float, float], float]:
    if isinstance(sign, ast.And):
        return lambda left, right: bool(left) and bool(right)
    return lambda left, right: bool(left) or bool(right)


def _combined(act: Callable[[float, float], float], left: Value, right: Value) -> Value:
    if isinstance(left, str) or isinstance(right, str):
        raise validation("Error in expression: an operator is applied to text")
    if isinstance(left, list):
        if isinstance(right, list):
            if len(left) != len(right):
                raise validation("Error in expression: arrays of different lengths")
            return [_series(_combined(act, a, b), "") for a, b in zip(left, right, strict=True)]
        return [_series(_combined(act, one, right), "") for one in left]
    if isinstance(right, list):
        return [_series(_combined(act, left, one), "") for one in right]
    if isinstance(left, dict):
        if isinstance(right, dict):
            return _kept({time: _done(act, left[time], right[time]) for time in left if time in right})
        return _kept({time: _done(act, number, right) for time, number in left.items()})
    if isinstance(right, dict):
        return _kept({time: _done(act, left, number) for time, number in right.items()})
    found = _done(act, left, right)
    return math.nan if found is None else found


def _done(act: Callable[[float, float], float], left: float, right: float) -> float | None:
    # No value where there is none, as a division by nought.
    try:
        found = float(act(left, right))
    except (ZeroDivisionError, OverflowError, TypeError):
        return None
    return found if math.isfinite(found) else None


def _kept(series: Mapping[int, float | None]) -> Series:
    return {time: number for time, number in series.items() if number is not None}


def _series(value: Value, name: str) -> Series:
    if not isinstance(value, dict):
        raise validation(f"Error in expression: {name} takes time series")
    return value


def _called(name: str, given: list[ast.expr], scope: Scope) -> Value:
    if name == "METRICS":
        return _metrics([evaluated(one, scope) for one in given], scope)
    if name == "FILL":
        return _fill(given, scope)
    if name not in FUNCTIONS:
        raise not_carried_out(f"Expression {name}()")
    act, least, most = FUNCTIONS[name]
    if not least <= len(given) <= most:
        raise validation(f"Error in expression: {name} does not take {len(given)} parameters")
    return act([evaluated(one, scope) for one in given], scope.grid)


def _metrics(given: list[Value], scope: Scope) -> list[Series]:
    part = given[0] if given else ""
    if len(given) > 1 or not isinstance(part, str):
        raise validation("Error in expression: METRICS takes at most one text")
    return [make() for name, make in scope.metrics.items() if part in name]


WORDS_OF_FILL = ("REPEAT", "LINEAR")


def _fill(given: list[ast.expr], scope: Scope) -> Value:
    if len(given) != 2:
        raise validation("Error in expression: FILL takes two parameters")
    what, by = evaluated(given[0], scope), given[1]
    mode: Value = by.id if isinstance(by, ast.Name) and by.id in WORDS_OF_FILL else evaluated(by, scope)
    if isinstance(what, list):
        return [_filled(one, mode, scope.grid) for one in what]
    return _filled(_series(what, "FILL"), mode, scope.grid)


def _filled(series: Series, mode: Value, grid: Grid) -> Series:
    missing = [time for time in grid.times if time not in series]
    if isinstance(mode, dict):
        return {**series, **{time: mode[time] for time in missing if time in mode}}
    if isinstance(mode, int | float):
        return {**series, **dict.fromkeys(missing, float(mode))}
    if isinstance(mode, list):
        raise validation("Error in expression: FILL takes no array to fill by")
    known, filled = sorted(series), dict(series)
    for time in missing:
        before = next((one for one in reversed(known) if one < time), None)
        after = next((one for one in known if one > time), None)
        if before is None:
            continue
        if mode == "REPEAT":
            filled[time] = series[before]
        elif after is not None:
            share = (time - before) / (after - before)
            filled[time] = series[before] + (series[after] - series[before]) * share
    return filled


def _aggregate(act: Callable[[list[float]], float]) -> Callable[[list[Value], Grid], Value]:
    def run(given: list[Value], _: Grid) -> Value:
        found = given[0] if len(given) == 1 else [_series(one, "an aggregate") for one in given]
        if isinstance(found, list):
            times = {time for one in found for time in one}
            return {time: act([one[time] for one in found if time in one]) for time in times}
        if isinstance(found, dict):
            return act(list(found.values())) if found else math.nan
        return act([_number(found)])

    return run


def _number(value: Value) -> float:
    if not isinstance(value, int | float):
        raise validation("Error in expression: a number is expected")
    return value


def _each(act: Callable[[float], float]) -> Callable[[list[Value], Grid], Value]:
    def run(given: list[Value], _: Grid) -> Value:
        return _combined(lambda one, _zero: act(one), given[0], 0.0)

    return run


def _steps(act: Callable[[float, float], float]) -> Callable[[list[Value], Grid], Value]:
    """Return a function of each value's difference from the one before, and of the seconds in between."""

    def of(series: Series) -> Series:
        times = sorted(series)
        return {
            time: act(series[time] - series[before], time - before)
            for before, time in itertools.pairwise(times)
        }

    def run(given: list[Value], _: Grid) -> Value:
        found = given[0]
        return [of(one) for one in found] if isinstance(found, list) else of(_series(found, "a difference"))

    return run


def _if(given: list[Value], _: Grid) -> Value:
    condition, then = given[0], given[1]
    other: Value = given[2] if len(given) == 3 else {}
    if isinstance(condition, int | float):
        if not condition and len(given) == 2:
            raise validation("Error in expression: IF of a number takes three parameters")
        return then if condition else other
    result: Series = {}
    for time, holds in _series(condition, "IF").items():
        chosen = then if holds else other
        if isinstance(chosen, dict):
            if time in chosen:
                result[time] = chosen[time]
        else:
            result[time] = _number(chosen)
    return result


def _time_series(given: list[Value], grid: Grid) -> Value:
    return dict.fromkeys(grid.times, _number(given[0]))


Function: TypeAlias = tuple[Callable[[list[Value], Grid], Value], int, int]
# With the least and the most parameters of each.
FUNCTIONS: Mapping[str, Function] = {
    "ABS": (_each(abs), 1, 1),
    "AVG": (_aggregate(lambda numbers: sum(numbers) / len(numbers)), 1, 1),
    "CEIL": (_each(math.ceil), 1, 1),
    "DIFF": (_steps(lambda change, _: change), 1, 1),
    "FLOOR": (_each(math.floor), 1, 1),
    "IF": (_if, 2, 3),
    "MAX": (_aggregate(max), 1, 1),
    "MIN": (_aggregate(min), 1, 1),
    "PERIOD": (lambda _, grid: float(grid.period), 1, 1),
    "RATE": (_steps(lambda change, seconds: change / seconds), 1, 1),
    "SUM": (_aggregate(sum), 1, 1),
    "TIME_SERIES": (_time_series, 1, 1),
}
