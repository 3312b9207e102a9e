"""Checks a machine and the machines within its Parallel and Map states."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.stepfunctions.definition import states
from s_infra.sandbox.services.stepfunctions.definition.fields import (
    BRANCH_FIELDS,
    LONGEST_NAME,
    MACHINE_FIELDS,
    PROCESSOR_FIELDS,
)
from s_infra.sandbox.services.stepfunctions.definition.problem import (
    Problem,
    missing,
    schema,
    unknown_fields,
)
from s_infra.sandbox.services.stepfunctions.languages import expressions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LANGUAGES = ("JSONPath", "JSONata")
JSONPATH = LANGUAGES[0]
EXPRESSION_ERROR = "INVALID_JSONATA_EXPRESSION"


def problems(document: Mapping[str, Any]) -> Iterator[Problem]:
    """Give what is wrong with a whole definition."""
    language = document.get("QueryLanguage", JSONPATH)
    if language not in LANGUAGES:
        yield schema(f"{json.dumps(language)} is not one of {list(LANGUAGES)}", "/QueryLanguage")
        return
    seconds = document.get("TimeoutSeconds", 1)
    if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds < 1:
        yield schema("'TimeoutSeconds' is a positive integer", "/TimeoutSeconds")
    yield from _machine(document, MACHINE_FIELDS, "", Around(language, frozenset(), set()))


@dataclass(frozen=True)
class Around:
    """What a state has around it: the language, the outer machines' variables, the states' names so far."""

    language: str
    variables: frozenset[str]
    names: set[str]


def _machine(document: Any, fields: set[str], where: str, around: Around) -> Iterator[Problem]:
    if not isinstance(document, dict):
        yield schema("A machine is an object", where or "/")
        return
    yield from unknown_fields(document, fields, where)
    inner = document.get("States")
    if not isinstance(inner, dict) or not inner:
        yield schema("These fields are required: [States]", where or "/")
        return
    start = document.get("StartAt")
    if not isinstance(start, str) or start not in inner:
        yield missing(start, f"{where}/StartAt", "StartAt")
    own = _variables(inner)
    for name in sorted(own & around.variables):
        yield schema(f"The variable '{name}' is one of an outer scope, which can't be assigned", where)
    for name, state in inner.items():
        within = dataclasses.replace(around, variables=around.variables | own)
        yield from _state(name, state, f"{where}/States/{name}", inner, within)
    if all(isinstance(state, dict) for state in inner.values()):
        yield from _reachability(start, inner, where)


def _state(
    name: str, state: Any, where: str, siblings: Mapping[str, Any], around: Around
) -> Iterator[Problem]:
    if len(name) > LONGEST_NAME:
        yield schema(f"A state's name has at most {LONGEST_NAME} characters", where)
    if name in around.names:
        yield Problem("DUPLICATE_STATE_NAME", f"Duplicate State name: {name}", where)
    around.names.add(name)
    if not isinstance(state, dict):
        yield schema("A state is an object", where)
        return
    language = state.get("QueryLanguage", around.language)
    if language not in LANGUAGES or (language, around.language) == (JSONPATH, "JSONata"):
        yield schema("A machine in JSONata has no JSONPath state", f"{where}/QueryLanguage")
        return
    yield from states.problems(state, where, siblings, language)
    if language == "JSONata":
        yield from _own_expressions(state, where)
    yield from _inner(state, where, around)


def _own_expressions(state: Mapping[str, Any], where: str) -> Iterator[Problem]:
    own = {key: value for key, value in state.items() if key not in ("Branches", "ItemProcessor")}
    yield from _expressions(own, where)


def _inner(state: Mapping[str, Any], where: str, around: Around) -> Iterator[Problem]:
    branches = state.get("Branches")
    for index, branch in enumerate(branches if isinstance(branches, list) else []):
        yield from _machine(branch, BRANCH_FIELDS, f"{where}/Branches[{index}]", around)
    if isinstance(state.get("ItemProcessor"), dict):
        processor = state["ItemProcessor"]
        config = processor.get("ProcessorConfig")
        distributed = isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED"
        # A child execution sees no variable of its parent.
        within = dataclasses.replace(around, variables=frozenset()) if distributed else around
        yield from _machine(processor, PROCESSOR_FIELDS, f"{where}/ItemProcessor", within)


def _variables(inner: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(
        name
        for state in inner.values()
        if isinstance(state, dict)
        for _, assigned in states.assigning(state, "")
        if isinstance(assigned, dict)
        for name in (key.removesuffix(".$") for key in assigned)
    )


def _reachability(start: object, inner: Mapping[str, Any], where: str) -> Iterator[Problem]:
    if not isinstance(start, str) or start not in inner:
        return
    reached: set[str] = set()
    todo: list[Any] = [start]
    while todo:
        name = todo.pop()
        if not isinstance(name, str) or name in reached or name not in inner:
            continue
        reached.add(name)
        todo.extend(target for _, target, _ in states.transitions(inner[name]))
    for name in inner:
        if name not in reached:
            text = f'State "{name}" is not reachable.'
            yield Problem("MISSING_TRANSITION_TARGET", text, f"{where}/States/{name}")
    ends = any(inner[name].get("End") or inner[name].get("Type") in ("Succeed", "Fail") for name in reached)
    # Where a target is missing, that is what is wrong.
    dangling = any(str(to) not in inner for name in reached for _, to, _ in states.transitions(inner[name]))
    if not ends and not dangling:
        yield schema("No state ends the machine", f"{where}/States")


def _expressions(node: Any, where: str) -> Iterator[Problem]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _expressions(value, f"{where}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _expressions(value, f"{where}[{index}]")
    elif expressions.is_expression(node):
        if why := expressions.syntax_error(node):
            yield Problem(EXPRESSION_ERROR, why, where)
    elif isinstance(node, str) and node.startswith("{%"):
        yield Problem(EXPRESSION_ERROR, "An expression ends with %}", where)
