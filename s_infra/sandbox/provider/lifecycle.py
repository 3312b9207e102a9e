"""Carries a resource's declared calls out: create, read, update, delete."""

from __future__ import annotations

import re
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from s_infra.sandbox.provider import waiting
from s_infra.sandbox.provider.calls import Calls, OperationError, merged
from s_infra.sandbox.provider.declaration import Call, Read, Resource, Tags
from s_infra.sandbox.provider.session import PARTITION, Session
from s_infra.sandbox.provider.shapes import at, dig, from_aws, to_aws
from s_infra.sandbox.service_models import service_model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s_infra.sandbox.provider.cty import State, Value
    from s_infra.sandbox.provider.schema import Block

_TAGS: Final = ["object", {"tags_all": ["map", "string"]}]
_TAG_KEYS: Final = ["object", {"tag_keys": ["list", "string"]}]


@dataclass(frozen=True)
class Lifecycle:
    """What becomes of one resource type in one session."""

    resource: Resource
    block: Block
    session: Session

    @property
    def _calls(self) -> Calls:
        return Calls(self.resource, self.block, self.session)

    def create(self, planned: State) -> State:
        """Create and return the known state with the identities that AWS gave."""
        state = {**planned, **self._generated_name(planned)}
        made = False
        for call in self.resource.create:
            if call.when and not self._calls.any_set(call.when, state):
                continue
            try:
                answer = self._calls.invoke(call, state)
            except OperationError as error:
                error.state = state if made else None
                raise
            made = True
            state |= {name: dig(answer, tuple(way.split("."))) for name, way in call.returns.items()}
            state["id"] = self.template(self.resource.id, state)
        self._finish("create", state)
        return state

    def update(self, prior: State, planned: State) -> State:
        """Call what has something to change; returns the known state."""
        self._run(self.resource.change, prior, planned)
        for call in self.resource.update:
            if call.when:
                if all(prior.get(name) == planned.get(name) for name in call.when):
                    continue
                gone = call.unset is not None and not self._calls.any_set(call.when, planned)
                self._calls.invoke(Call(call.unset) if gone and call.unset else call, planned, prior)
            elif self._calls.arguments(call, prior) != self._calls.arguments(call, planned):
                self._calls.invoke(call, planned, prior)
        if self.resource.tags and prior.get("tags_all") != planned.get("tags_all"):
            self._retag(self.resource.tags, prior, planned)
        self._finish("update", planned)
        return planned

    def delete(self, state: State) -> None:
        """Delete; that it's gone already is fine."""
        try:
            self._run(self.resource.before_delete, state)
            for call in self.resource.delete:
                self._calls.invoke(call, state)
            self._wait("delete", state)
        except OperationError as error:
            if not error.absent:
                raise

    def _finish(self, doing: str, state: State) -> None:
        try:
            self._run(self.resource.afterwards, state)
        except OperationError as error:
            error.state = state
            raise
        self._wait(doing, state)

    def _run(self, code: Callable[..., None] | None, *states: State) -> None:
        # The declaration's own code calls AWS by itself.
        if code is None:
            return
        try:
            code(self.session, *states)
        except ClientError as error:
            raise OperationError(self.resource.service, error.operation_name, error) from error

    def read(self, state: State) -> State | None:
        """What AWS tells now, by attribute; what it can't tell is left out. None if the resource is gone."""
        told: State = {}
        for reading in self.resource.read:
            try:
                answer = self._calls.operate(reading.operation, self._identity(reading, state))
            except OperationError as error:
                if error.absent:
                    return None
                raise
            found = self._found(reading, answer, state)
            if found is None or (reading.needs and not found.get(reading.needs)):
                return None
            told |= {name: value for name, value in found.items() if value is not None or name not in told}
        untold = {*self.resource.refused, *self.resource.write_only}
        told = {name: value for name, value in told.items() if name not in untold}
        told |= {name: value for name, value in self.resource.blank.items() if told.get(name, "") is None}
        told |= self._derived({**state, **told})
        told |= self._tags({**state, **told})
        if self.resource.settle:
            told |= self.resource.settle(told, state)
        told.setdefault("id", self.template(self.resource.id, {**state, **told}))
        if "region" in self.block.attributes:
            told["region"] = self.session.region
        return told

    def _wait(self, doing: str, state: State) -> None:
        wait = self.resource.wait
        if wait is None:
            return
        reading = self.resource.read[0]

        def ready() -> bool:
            answer = self._calls.operate(reading.operation, self._identity(reading, state))
            found = self._place(reading, answer, state)
            if doing == "delete":  # most tell it by an error, which ends the wait
                return found is None
            status = dig(found, tuple(wait.status.split(".")))
            if status in wait.failed:
                reason = dig(found, tuple(wait.reason.split("."))) or "no reason is told"
                raise self._gave_up(reading.operation, f"{status}: {reason}", state)
            return status in wait.ready

        allowed = waiting.limit(state, doing, wait.minutes)
        late = waiting.until(ready, allowed, self.session.stopped)
        if late:
            raise self._gave_up(reading.operation, late, state)

    def _gave_up(self, operation: str, why: str, state: State) -> OperationError:
        error = OperationError(self.resource.service, operation, ValueError(why))
        error.state = state
        return error

    def _place(self, reading: Read, answer: Mapping[str, Any], state: State) -> Any:
        found = dig(answer, tuple(reading.at.split(".")) if reading.at else ())
        if reading.match:
            attribute, name = reading.match
            return next((item for item in found or [] if item.get(name) == state.get(attribute)), None)
        return found

    def _derived(self, state: State) -> State:
        return {name: self.template(text, state) for name, text in self.resource.derived.items()}

    def _identity(self, reading: Read, state: State) -> dict[str, Any]:
        given = {name: state.get(name) for name in reading.given} if reading.given else state
        shape = self._calls.input(reading.operation)
        arguments = {**to_aws(self.block.type, given, shape, self.resource.names), **reading.constant}
        return merged(arguments, self._calls.more(reading.operation, state))

    def _found(self, reading: Read, answer: Mapping[str, Any], state: State) -> State | None:
        shape = service_model(self.resource.service).operation_model(reading.operation).output_shape
        way = tuple(reading.at.split(".")) if reading.at else ()
        found, shape = self._place(reading, answer, state), at(shape, way)
        if reading.match:
            shape = shape.member if shape else None
        if found is None or any(_is_one(found.get(name), values) for name, values in reading.gone.items()):
            return None
        if reading.told:
            return reading.told(found)
        if reading.block:
            kind = self.block.blocks[reading.block].block.type
            return {reading.block: [from_aws(kind, found, shape, self.resource.names, reading.block)]}
        return from_aws(self.block.type, found, shape, self.resource.names)

    def _tags(self, state: State) -> State:
        tags = self.resource.tags
        if tags is None:
            return {}
        remote = self._remote_tags(tags, state) if tags.read else state.get("tags_all") or {}
        own, inherited = state.get("tags") or {}, self.session.default_tags
        mine = {key: value for key, value in remote.items() if key in own or inherited.get(key) != value}
        return {"tags_all": remote, "tags": mine}

    def _remote_tags(self, tags: Tags, state: State) -> Mapping[str, str]:
        shape = service_model(self.resource.service).operation_model(tags.read).output_shape
        try:
            answer = self._calls.operate(
                tags.read, self._identity(Read(tags.read, constant=tags.constant), state)
            )
        except OperationError as error:
            if not error.absent:  # a bucket without tags answers so
                raise
            answer = {}
        return from_aws(_TAGS, answer, shape, {}).get("tags_all") or {}

    def _retag(self, tags: Tags, prior: State, planned: State) -> None:
        before, now = prior.get("tags_all") or {}, planned.get("tags_all") or {}
        removing = self._keys(tags, sorted(set(before) - set(now)))
        by_key = self._keys(tags, ["any"])
        identity = {**planned, "tags_all": None}
        if removing or (not by_key and not now):
            arguments = to_aws(self.block.type, identity, self._calls.input(tags.remove), self.resource.names)
            self._calls.operate(tags.remove, {**arguments, **removing, **tags.constant})
        if now:
            arguments = {**planned, "tags_all": now}
            shape = self._calls.input(tags.add)
            adding = to_aws(self.block.type, arguments, shape, self.resource.names)
            self._calls.operate(tags.add, {**adding, **tags.constant})

    def _keys(self, tags: Tags, keys: list[str]) -> dict[str, Any]:
        shape = self._calls.input(tags.remove)
        if keys and "Tags" in shape.members:  # EC2 wants a list of tags
            return {"Tags": [{"Key": key} for key in keys]}
        return to_aws(_TAG_KEYS, {"tag_keys": keys}, shape, {})

    def template(self, template: str, state: State) -> Value:
        """Fill a template over attributes, {partition}, {account} and {region}; None if one is unset."""
        names = re.findall(r"{(\w+)}", template)
        values = {name: state.get(name) for name in names} | {"partition": PARTITION}
        values["region"] = self.session.region
        if "account" in names:
            values["account"] = self.session.identity()["Account"]
        if any(values[name] is None for name in names):
            return None
        return template.format(**values)

    def _generated_name(self, state: State) -> State:
        name = self.resource.generated
        if name not in self.block.attributes or state.get(name) is not None:
            return {}
        prefix = state.get(f"{name}_prefix") or "terraform-"
        return {name: f"{prefix}{time.strftime('%Y%m%d%H%M%S')}{uuid.uuid4().hex[:12]}"}


def _is_one(value: object, values: tuple[str, ...]) -> bool:
    return value in values if values else value is not None
