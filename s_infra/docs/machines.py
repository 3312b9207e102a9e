"""A state machine's drawing, from its definition in Amazon States Language."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from s_infra.docs.mermaid import Edge, Group, Node, flowchart
from s_infra.errors import SInfraError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SHAPES = {
    "Choice": "choice",
    "Succeed": "round",
    "Fail": "round",
    "Wait": "slanted",
    "Task": "box",
    "Pass": "box",
}
OPERATORS = {
    "Equals": "=",
    "LessThan": "<",
    "LessThanEquals": "<=",
    "GreaterThan": ">",
    "GreaterThanEquals": ">=",
    "Matches": "matches",
}
# ${name} where a value stands, which templatefile replaces by JSON; inside a string it may stay.
PLACEHOLDER = re.compile(r'("(?:[^"\\]|\\.)*")|\$\{[^{}]*\}')


def drawing(text: str, where: str) -> str:
    """Return the machine as a Mermaid flowchart: states, what follows on what, and what is caught (dashed).

    Source: the Amazon States Language specification, https://states-language.net.

    Raises:
        SInfraError: It's no definition of a machine, or larger than GitHub draws.
    """
    machine = _parsed(text, where)
    ids = _Ids()
    nodes, edges = _drawn(machine, ids, where)
    chart = flowchart(nodes, edges)
    if chart is None:
        raise SInfraError(
            "the state machine has more states and transitions than GitHub draws",
            which=where,
            next_step="part it into machines that start one another",
        )
    return chart


class _Ids:
    """Names for Mermaid: a state's own may hold anything."""

    def __init__(self) -> None:
        self._last = 0

    def next(self, prefix: str = "s") -> str:
        self._last += 1
        return f"{prefix}{self._last}"


def _parsed(text: str, where: str) -> Mapping[str, Any]:
    try:
        try:
            found = json.loads(text)
        except ValueError:
            found = json.loads(PLACEHOLDER.sub(lambda hit: hit[1] or json.dumps(hit[0]), text))
    except ValueError as error:
        raise SInfraError(
            f"the state machine's file is not JSON: {error}",
            which=where,
            next_step="mend it; nothing was written",
        ) from error
    if not isinstance(found, dict) or not isinstance(found.get("States"), dict) or "StartAt" not in found:
        raise SInfraError(
            "the file is not a state machine: it needs StartAt and States",
            which=where,
            next_step="name the file differently if it is something else",
        )
    return found


def _drawn(machine: Mapping[str, Any], ids: _Ids, where: str) -> tuple[list[Node | Group], list[Edge]]:
    """Return shapes and arrows of one machine, or of one branch of a Parallel or Map state."""
    states: Mapping[str, Any] = machine["States"]
    start = Node(ids.next("start"), " ", "dot")
    heads = {name: ids.next() for name in states}
    nodes: list[Node | Group] = [start]
    edges = [Edge(start.id, _head(heads, machine["StartAt"], "StartAt", where))]
    for name, state in states.items():
        if not isinstance(state, dict):
            raise SInfraError(f"state {name} is not an object", which=where, next_step="mend the definition")
        shape, inner = _shape(name, state, heads[name], ids, where)
        nodes.append(shape)
        edges += inner
        edges += [
            Edge(heads[name], _head(heads, to, name, where), label, line) for to, label, line in _ways(state)
        ]
    return nodes, edges


def _head(heads: Mapping[str, str], name: object, said_by: str, where: str) -> str:
    if not isinstance(name, str) or name not in heads:
        raise SInfraError(
            f"{said_by} leads to {name!r}, which is no state beside it",
            which=where,
            next_step="mend the definition",
        )
    return heads[name]


def _shape(
    name: str, state: Mapping[str, Any], id_: str, ids: _Ids, where: str
) -> tuple[Node | Group, list[Edge]]:
    kind = str(state.get("Type", ""))
    branches = _branches(state)
    if not branches:
        return Node(id_, f"{name}\n{_what(kind, state)}".strip(), SHAPES.get(kind, "box")), []
    inner: list[Node | Group] = []
    edges: list[Edge] = []
    for number, branch in enumerate(branches, 1):
        if (
            not isinstance(branch, dict)
            or not isinstance(branch.get("States"), dict)
            or "StartAt" not in branch
        ):
            raise SInfraError(
                f"a branch of {name} needs StartAt and States", which=where, next_step="mend the definition"
            )
        nodes, arrows = _drawn(branch, ids, where)
        edges += arrows
        inner += [Group(ids.next("b"), f"branch {number}", tuple(nodes))] if len(branches) > 1 else nodes
    return Group(id_, f"{name} ({_what(kind, state)})", tuple(inner)), edges


def _branches(state: Mapping[str, Any]) -> list[Any]:
    match state.get("Type"):
        case "Parallel":
            return list(state.get("Branches", []))
        case "Map":
            return [state[key] for key in ("ItemProcessor", "Iterator") if key in state]
        case _:
            return []


def _what(kind: str, state: Mapping[str, Any]) -> str:
    """Return the second line of a state: what a task calls, how long a wait is, how a failure is named."""
    match kind:
        case "Task":
            return str(state.get("Resource", "")).removeprefix("arn:aws:states:::")
        case "Wait":
            for key in ("Seconds", "SecondsPath", "Timestamp", "TimestampPath"):
                if key in state:
                    return f"{key.removesuffix('Path')}: {_expression(state[key])}"
            return ""
        case "Map":
            mode = state.get("ItemProcessor", {}).get("ProcessorConfig", {}).get("Mode", "INLINE")
            return "for each, distributed" if mode == "DISTRIBUTED" else "for each"
        case "Parallel":
            return "all at once"
        case "Fail":
            return str(state.get("Error", ""))
        case _:
            return ""


def _ways(state: Mapping[str, Any]) -> Iterator[tuple[Any, str, str]]:
    """Yield where a state may lead to, the condition, and how the arrow is drawn."""
    for choice in state.get("Choices", []):
        yield choice.get("Next"), condition(choice), "solid"
    if "Default" in state:
        yield state["Default"], "otherwise", "solid"
    if "Next" in state:
        yield state["Next"], "", "solid"
    for catcher in state.get("Catch", []):
        yield catcher.get("Next"), ", ".join(catcher.get("ErrorEquals", [])), "dashed"


def condition(rule: Mapping[str, Any]) -> str:
    """Return a Choice rule in words, in JSONata as written, or from JSONPath's operators."""
    if "Condition" in rule:
        return _expression(rule["Condition"])
    if "Not" in rule:
        return f"not ({condition(rule['Not'])})"
    for key in ("And", "Or"):
        if key in rule:
            return f" {key.lower()} ".join(f"({condition(one)})" for one in rule[key])
    variable = rule.get("Variable", "")
    for key, value in rule.items():
        found = re.fullmatch(r"(?:String|Numeric|Timestamp|Boolean)(\w+?)(Path)?", key)
        if found and found[1] in OPERATORS:
            return f"{variable} {OPERATORS[found[1]]} {value if found[2] else json.dumps(value)}"
        if key.startswith("Is"):
            return f"{variable} is {'' if value else 'not '}{key.removeprefix('Is').lower()}"
    return str(variable)


def _expression(value: object) -> str:
    """Return a value without the signs that mark it as JSONata."""
    text = value if isinstance(value, str) else json.dumps(value)
    found = re.fullmatch(r"\{%\s*(.*?)\s*%\}", text, re.DOTALL)
    return found[1] if found else text
