"""Where an execution is: the states it goes through, and those of each branch and iteration under way.

A redrive goes on from here, and a sandbox that keeps its state writes this down.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FlowStatus = Literal["PENDING", "RUNNING", "SUCCEEDED", "FAILED", "ABORTED"]


@dataclass(frozen=True)
class Place:
    """Where a flow is: the state's name, its input, and the variables it starts with."""

    state: str
    input: Any
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Item:
    """What a Map's iteration is about: `$states.context.Map.Item`."""

    index: int
    value: Any


@dataclass(eq=False)
class Flow:
    """States that follow one another: the machine's own, a branch of a Parallel, an iteration of a Map.

    `children` and `map_run` are of the state that it is in. `last_event` is the last of its events; it is 0
    before the first.
    """

    states: Mapping[str, Any]
    place: Place
    item: Item | None = None
    status: FlowStatus = "PENDING"
    output: Any = None
    last_event: int = 0
    children: list[Flow] = field(default_factory=list)
    map_run: str | None = None

    @property
    def state(self) -> Mapping[str, Any]:
        """The definition of the state that it is in."""
        found: Mapping[str, Any] = self.states[self.place.state]
        return found

    def enter(self, place: Place) -> None:
        """Go on to another state."""
        self.place, self.children, self.map_run = place, [], None

    def again(self) -> Flow:
        """Return a flow that does what this one did not finish; threads of this one don't see it."""
        if self.status == "SUCCEEDED":
            return self
        again = Flow(self.states, self.place, self.item, last_event=self.last_event, map_run=self.map_run)
        again.children = [child.again() for child in self.children]
        return again


def inner_states(state: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Give the machines within a Parallel or a Map: each has `StartAt` and `States`."""
    yield from state.get("Branches", ())
    if "ItemProcessor" in state:
        yield state["ItemProcessor"]


def dumped(flow: Flow) -> dict[str, Any]:
    """Return a flow as JSON, without the definition."""
    return {
        "place": {"state": flow.place.state, "input": flow.place.input, "variables": flow.place.variables},
        "item": None if flow.item is None else {"index": flow.item.index, "value": flow.item.value},
        "status": "ABORTED" if flow.status == "RUNNING" else flow.status,
        "output": flow.output,
        "last_event": flow.last_event,
        "children": [dumped(child) for child in flow.children],
        "map_run": flow.map_run,
    }


def restored(fields: Mapping[str, Any], states: Mapping[str, Any]) -> Flow:
    """Return what `dumped` gave, with the definition's states."""
    item = fields["item"]
    flow = Flow(
        **{
            **fields,
            "states": states,
            "place": Place(**fields["place"]),
            "item": None if item is None else Item(**item),
            "children": [],
        }
    )
    inner = list(inner_states(flow.state))
    for index, child in enumerate(fields["children"]):
        flow.children.append(restored(child, inner[index if "Branches" in flow.state else 0]["States"]))
    return flow
