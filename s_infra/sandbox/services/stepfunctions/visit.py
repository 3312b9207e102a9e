"""One stay in a state: what its expressions see, and what it reaches outside of its execution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.stepfunctions.execution import iso
from s_infra.sandbox.services.stepfunctions.languages.jsonata import JSONata
from s_infra.sandbox.services.stepfunctions.languages.jsonpath import JSONPath

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s_infra.sandbox.services.stepfunctions.changes import Changes
    from s_infra.sandbox.services.stepfunctions.control import Control
    from s_infra.sandbox.services.stepfunctions.execution import Execution
    from s_infra.sandbox.services.stepfunctions.flow import Flow, Item, Place
    from s_infra.sandbox.services.stepfunctions.languages.language import Language
    from s_infra.sandbox.services.stepfunctions.maps.runs import MapRuns
    from s_infra.sandbox.services.stepfunctions.tokens import Tokens

    ClientOf = Callable[[str], Any]
    # Goes through a flow's states and returns the last one's output.
    Follow = Callable[[Flow, Control], Any]


@dataclass(frozen=True)
class Outside:
    """What states reach: the sandbox's services, tokens, changes of jobs, runs of distributed Maps.

    `client_in` gives what makes clients in a role. `add` makes a child execution known, `run` runs it to its
    end.
    """

    client_in: Callable[[str], ClientOf]
    region: str
    tokens: Tokens
    changes: Changes
    map_runs: MapRuns
    add: Callable[[Execution], None]
    run: Callable[[Execution], None]


@dataclass(frozen=True)
class Visit:
    """One stay in a state. `entered` is in seconds since 1970; `token` is of a task that waits for one."""

    execution: Execution
    flow: Flow
    control: Control
    outside: Outside
    follow: Follow
    entered: float
    retries: int = 0
    token: str | None = None
    item: Item | None = None

    @property
    def state(self) -> Mapping[str, Any]:
        """The state's definition."""
        return self.flow.state

    @property
    def place(self) -> Place:
        """Its name, its input, and the variables."""
        return self.flow.place

    @property
    def client_of(self) -> ClientOf:
        """Makes clients that call in the machine's role."""
        return self.outside.client_in(self.execution.machine.role_arn)

    @property
    def language(self) -> Language:
        """The language that the state is written in."""
        default = self.execution.machine.definition.get("QueryLanguage", "JSONPath")
        return JSONATA if self.state.get("QueryLanguage", default) == "JSONata" else JSONPATH

    def record(self, kind: str, details_key: str | None = None, **details: Any) -> None:
        """Add an event to the history: `record("TaskSucceeded", "taskSucceededEventDetails", output=…)`."""
        self.execution.record(self.flow, kind, details_key, **details)

    def context(self) -> dict[str, Any]:
        """Return the context object: `$states.context`, or `$$`."""
        name = self.place.state
        state = {"Name": name, "EnteredTime": iso(self.entered), "RetryCount": self.retries}
        context = {**self.execution.context(), "State": state}
        item = self.item or self.flow.item
        if item is not None:
            context["Map"] = {"Item": {"Index": item.index, "Value": item.value}}
        if self.token is not None:
            context["Task"] = {"Token": self.token}
        return context


JSONATA, JSONPATH = JSONata(), JSONPath()
