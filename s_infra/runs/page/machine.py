"""A state machine's definition as a graph: states, and edges with what they are followed on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from s_infra.docs.machines import condition

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EdgeKind = Literal["next", "choice", "default", "catch"]
LONGEST_LABEL = 26


@dataclass(frozen=True)
class Edge:
    """A way from one state to another; `label` is short, `full` is what it stands for."""

    source: str
    target: str
    kind: EdgeKind
    label: str = ""
    full: str = ""


@dataclass(frozen=True)
class State:
    """One state; `inside` are the graphs that a Map (one) or a Parallel (one a branch) runs."""

    name: str
    type: str
    resource: str = ""
    comment: str = ""
    retries: str = ""
    # A distributed Map runs its graph in executions of their own.
    distributed: bool = False
    inside: tuple[Graph, ...] = ()


@dataclass(frozen=True)
class Graph:
    """States in the order of the definition; `start` is entered first."""

    start: str
    states: tuple[State, ...]
    edges: tuple[Edge, ...]

    def walk(self) -> Iterator[State]:
        """Yield each state, and those inside it after it."""
        for state in self.states:
            yield state
            for graph in state.inside:
                yield from graph.walk()


def parse(definition: Mapping[str, Any]) -> Graph:
    """Return the graph of a definition that Step Functions has accepted."""
    states: Mapping[str, Any] = definition["States"]
    return Graph(
        definition["StartAt"],
        tuple(_state(name, state) for name, state in states.items()),
        tuple(edge for name, state in states.items() for edge in _edges(name, state)),
    )


def _state(name: str, state: Mapping[str, Any]) -> State:
    processor = state.get("ItemProcessor") or state.get("Iterator")
    inside = [*([processor] if processor else []), *state.get("Branches", [])]
    mode = ((processor or {}).get("ProcessorConfig") or {}).get("Mode")
    return State(
        name,
        state["Type"],
        resource=str(state.get("Resource", "")),
        comment=str(state.get("Comment", "")),
        retries="; ".join(_retry(one) for one in state.get("Retry", [])),
        distributed=mode == "DISTRIBUTED",
        inside=tuple(parse(graph) for graph in inside),
    )


def _retry(one: Mapping[str, Any]) -> str:
    return f"up to {one.get('MaxAttempts', 3)} times on {', '.join(one['ErrorEquals'])}"


def _edges(name: str, state: Mapping[str, Any]) -> Iterator[Edge]:
    if "Next" in state:
        yield Edge(name, state["Next"], "next")
    for choice in state.get("Choices", []):
        full = condition(choice)
        # As in AWS's own editor a rule's comment is its name.
        yield Edge(name, choice["Next"], "choice", _short(choice.get("Comment") or full), full)
    if "Default" in state:
        yield Edge(name, state["Default"], "default", "otherwise", "otherwise")
    for catch in state.get("Catch", []):
        errors = [error.removeprefix("States.") for error in catch["ErrorEquals"]]
        short = ", ".join(error.rpartition(".")[2].removesuffix("Exception") for error in errors)
        yield Edge(name, catch["Next"], "catch", _short(f"on {short}"), f"on {', '.join(errors)}")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_LABEL else line[: LONGEST_LABEL - 1].rstrip() + "…"
