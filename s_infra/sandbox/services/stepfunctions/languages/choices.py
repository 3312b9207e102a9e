"""The rules of a Choice in JSONPath: comparisons of a value with a constant or with another value."""

from __future__ import annotations

import operator
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.stepfunctions.languages import paths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}
RULE_FIELDS = {"Next", "Assign", "Comment"}
JOINED = ("And", "Or", "Not")
COMPARISON = re.compile(
    r"(?P<kind>String|Numeric|Timestamp)(?P<how>(?:Less|Greater)Than(?:Equals)?|Equals)(?P<path>Path)?"
    r"|(?P<boolean>BooleanEquals)(?P<boolean_path>Path)?|(?P<matches>StringMatches)"
    r"|Is(?P<test>Null|Present|Numeric|String|Boolean|Timestamp)"
)


def problems(rule: Any, *, top: bool = True) -> Iterator[str]:
    """Give what is wrong with a rule; one within another has no `Next`."""
    if not isinstance(rule, dict):
        yield "A rule is an object"
        return
    if top and "Next" not in rule:
        yield "These fields are required: [Next]"
    fields = set(rule) - (RULE_FIELDS if top else {"Comment"})
    joined = fields & set(JOINED)
    if joined:
        if len(fields) > 1:
            yield f"A rule has one of {', '.join(JOINED)} and nothing else"
        inner = rule[next(iter(joined))]
        for one in inner if isinstance(inner, list) else [inner]:
            yield from problems(one, top=False)
        return
    if why := paths.problem(rule.get("Variable")):
        yield f"'Variable': {why}"
    operators = fields - {"Variable"}
    if len(operators) != 1 or not COMPARISON.fullmatch(next(iter(operators), "")):
        yield "A rule has a 'Variable' and exactly one comparison"


def holds(rule: Mapping[str, Any], scope: paths.Scope) -> bool:
    """Tell whether a rule holds. Raises paths.PathError where its value isn't there."""
    if "And" in rule:
        return all(holds(one, scope) for one in rule["And"])
    if "Or" in rule:
        return any(holds(one, scope) for one in rule["Or"])
    if "Not" in rule:
        return not holds(rule["Not"], scope)
    name = next(field for field in rule if COMPARISON.fullmatch(field))
    wanted, found = rule[name], COMPARISON.fullmatch(name)
    if found is None:
        raise ValueError(name)
    if found["test"] == "Present":
        return _is_there(rule["Variable"], scope) is wanted
    value = paths.find(rule["Variable"], scope)
    if found["test"]:
        return IS[found["test"]](value) is wanted
    if found["path"] or found["boolean_path"]:
        wanted = paths.find(wanted, scope)
    if found["matches"]:
        return isinstance(value, str) and _matches(value, wanted)
    if found["boolean"]:
        return isinstance(value, bool) and value is wanted
    return _compared(found["kind"], COMPARE[found["how"]], value, wanted)


def _compared(kind: str, compare: Callable[[Any, Any], bool], value: Any, wanted: Any) -> bool:
    # A value of another type never fulfils a comparison; it is no error.
    if not IS[kind](value) or not IS[kind](wanted):
        return False
    if kind == "Timestamp":
        return compare(datetime.fromisoformat(value), datetime.fromisoformat(wanted))
    return compare(value, wanted)


def _is_there(path: str, scope: paths.Scope) -> bool:
    try:
        found = paths.find(path, scope)
    except paths.PathError:
        return False
    return bool(found) or not isinstance(found, list)


def _is_timestamp(value: object) -> bool:
    if not isinstance(value, str) or "T" not in value:
        return False
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _matches(value: str, pattern: str) -> bool:
    # Only the asterisk is special, and a backslash takes that away.
    pieces = re.split(r"(?<!\\)\*", pattern)
    literal = [re.escape(piece.replace("\\*", "*").replace("\\\\", "\\")) for piece in pieces]
    return re.fullmatch(".*".join(literal), value, re.DOTALL) is not None


IS: Mapping[str, Callable[[Any], bool]] = {
    "Null": lambda value: value is None,
    "String": lambda value: isinstance(value, str),
    "Numeric": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "Boolean": lambda value: isinstance(value, bool),
    "Timestamp": _is_timestamp,
}
