"""One served resource type: validated, planned, applied, refreshed and imported by its declaration."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from s_infra.sandbox.provider import validate
from s_infra.sandbox.provider.calls import OperationError
from s_infra.sandbox.provider.cty import State, conform, known
from s_infra.sandbox.provider.lifecycle import Lifecycle
from s_infra.sandbox.provider.plan import Planned, plan
from s_infra.sandbox.provider.schema import Block, load
from s_infra.sandbox.provider.values import Settling, differences, overlay
from s_infra.sandbox.provider.wire import Problem

if TYPE_CHECKING:
    from s_infra.sandbox.provider.declaration import Resource
    from s_infra.sandbox.provider.session import Session


@dataclass(frozen=True)
class Applied:
    """What a resource became, None if nothing is there, and what went wrong."""

    state: State | None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class ResourceType:
    """A type's name with its declaration; the rest follows."""

    name: str
    resource: Resource

    @cached_property
    def block(self) -> Block:
        """The schema."""
        return load("resource", self.name).marked(self.resource.sensitive, self.resource.write_only)

    @cached_property
    def validator(self) -> validate.Validator:
        """The checks of a configuration; made late, as it loads the service's model."""
        members = validate.carried_by(self.resource, self.block)
        return validate.Validator(self.name, self.resource, self.block, members)

    def problems(self, config: State) -> list[Problem]:
        """What is wrong with a configuration."""
        return list(self.validator.problems(config))

    def plan(self, session: Session, prior: State | None, proposed: State, config: State) -> Planned:
        """Plan a create or an update."""
        return plan(self.resource, self.block, self._at(session, config), prior, proposed, config)

    def apply(
        self, session: Session, prior: State | None, planned: State | None, config: State | None
    ) -> Applied:
        """Carry a plan out: create (no prior), update, or delete (nothing planned)."""
        if planned is None:
            return self._delete(session, prior or {})
        if found := self.problems(config or {}):
            return Applied(prior, tuple(found))
        lifecycle = Lifecycle(self.resource, self.block, self._at(session, planned))
        doing = "creating" if prior is None else "updating"
        secret = {name: (config or {}).get(name) for name in self.resource.write_only}
        wanted: State = {**known(planned), **secret}
        try:
            state = lifecycle.create(wanted) if prior is None else lifecycle.update(prior, wanted)
        except OperationError as error:
            left = error.state if prior is None else prior
            left = {**left, **dict.fromkeys(self.resource.write_only)} if left else None
            return Applied(self._complete(left) if left else None, (self._problem(doing, wanted, error),))
        try:
            told = lifecycle.read(state)
        except OperationError as error:
            return Applied(self._complete(state), (self._problem("reading", wanted, error),))
        if told is None:
            gone = Problem(f"{doing} {self._label(wanted)}: it isn't there after {doing}")
            return Applied(self._complete(state), (gone,))
        state |= dict.fromkeys(self.resource.write_only)
        actual = self._merge(planned, {**state, **told})
        reached = overlay(planned, actual, self.block.type)
        return Applied(self._complete(reached), tuple(self._lost(planned, actual, told)))

    def refresh(self, session: Session, state: State, *, imported: bool) -> State | None:
        """The state as AWS tells it now, None if the resource is gone.

        Raises OperationError.
        """
        told = Lifecycle(self.resource, self.block, self._at(session, state)).read(state)
        if told is None:
            return None
        if imported:
            told = {name: value for name, value in told.items() if value is not None}
            return self._complete({**state, **told})
        return self._complete(self._merge(state, {**state, **told}))

    @property
    def import_forms(self) -> tuple[str, ...]:
        """The templates by which an import may be written; the first that fits is meant."""
        forms = self.resource.import_ids
        return (self.resource.id,) if forms is None else forms

    def imported(self, identifier: str) -> State | None:
        """The state from which a read can start; None if the identifier hasn't a form of the type's."""
        patterns = [re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(form)) for form in self.import_forms]
        found = next((match for one in patterns if (match := re.fullmatch(one, identifier))), None)
        if not found:
            return None
        defaults = {name: value for name, value in self.resource.defaults.items() if "." not in name}
        return self._complete({**defaults, "id": identifier, **found.groupdict()})

    def _delete(self, session: Session, prior: State) -> Applied:
        try:
            Lifecycle(self.resource, self.block, self._at(session, prior)).delete(prior)
        except OperationError as error:
            return Applied(prior, (self._problem("deleting", prior, error),))
        return Applied(None)

    def _merge(self, before: State, now: State) -> State:
        settle = Settling(reading=True, json_paths=self.resource.json)
        merged: State = settle(before, self._complete(now), self.block.type)
        return merged

    def _complete(self, state: State) -> State:
        whole: State = conform(state, self.block.type)
        for name, nested in self.block.blocks.items():
            if whole[name] is None and nested.mode != "single":
                whole[name] = []
        return whole

    def _lost(self, planned: State, actual: State, told: State) -> list[Problem]:
        # What isn't told back was not carried out: an error here, or else each plan would bring it again.
        settable = {name for name, attribute in self.block.attributes.items() if attribute.settable}
        settable |= set(self.block.blocks)
        asked = {name: planned[name] for name in planned if name in told and name in settable}
        return [
            Problem(
                f"s-infra sandbox: {self.resource.service} {self.name} {path} isn't carried out",
                "It was sent, but what is read back differs.",
                (path.partition(".")[0],),
            )
            for path in dict.fromkeys(differences(asked, {name: actual[name] for name in asked}))
        ]

    def _problem(self, doing: str, state: State, error: OperationError) -> Problem:
        return Problem(f"{doing} {self._label(state)}: {error}")

    def _label(self, state: State) -> str:
        names = (state.get(name) for name in ("name", "function_name", "bucket", "repository", "id"))
        name = next((name for name in names if name), None)
        return f"{self.name} ({name})" if name else self.name

    def _at(self, session: Session, state: State) -> Session:
        return session.at(state.get("region"))
