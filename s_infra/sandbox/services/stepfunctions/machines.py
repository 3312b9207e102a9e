"""State machines: create, update, describe, delete, list, tag."""

from __future__ import annotations

import json
import re
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.stepfunctions.errors import RefusedError
from s_infra.sandbox.services.stepfunctions.paging import page, present

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = re.compile(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}")
INITIAL = "INITIAL"
UPDATABLE = ("definition", "roleArn", "loggingConfiguration", "tracingConfiguration")
# Two requests to create that agree in these are the same one.
SAME = ("name", "definition", "type", "loggingConfiguration", "tracingConfiguration")


@dataclass(frozen=True)
class Revision:
    """What a machine is between two updates; fields as the API names them."""

    id: str
    fields: Mapping[str, Any]
    date: float


@dataclass(frozen=True)
class Version:
    """A revision that was published."""

    arn: str
    revision: Revision
    description: str
    date: float


@dataclass(frozen=True)
class Alias:
    """A name for one version, or for two with weights, which add up to 100."""

    arn: str
    description: str
    routes: tuple[tuple[str, int], ...]
    date: float
    update_date: float


@dataclass(eq=False)
class StateMachine:
    """A machine, its versions by number, and its aliases by name."""

    arn: str
    name: str
    date: float
    revision: Revision
    tags: dict[str, str] = field(default_factory=dict)
    versions: dict[int, Version] = field(default_factory=dict)
    aliases: dict[str, Alias] = field(default_factory=dict)
    # A number is never used twice.
    last_version: int = 0

    def settings(self) -> dict[str, Any]:
        """Return what two requests to create it would agree in."""
        return {name: {"name": self.name, **self.revision.fields}.get(name) for name in SAME}


class Machines:
    """All machines of the sandbox, by ARN."""

    def __init__(self, region: str, account: str) -> None:
        self._prefix = f"arn:aws:states:{region}:{account}:stateMachine:"
        self.lock = threading.RLock()
        self.all: dict[str, StateMachine] = {}

    def create(self, request: Mapping[str, Any]) -> StateMachine:
        """CreateStateMachine with a definition that was checked; the same request again changes nothing."""
        name = str(request["name"])
        if not NAME.fullmatch(name):
            raise RefusedError("InvalidName", f"Invalid Name: '{name}'")
        arn, now = self._prefix + name, time.time()
        fields = {
            "definition": request["definition"],
            "roleArn": request["roleArn"],
            "type": request.get("type", "STANDARD"),
            "loggingConfiguration": _logging(request),
            "tracingConfiguration": request.get("tracingConfiguration", {"enabled": False}),
        }
        made = StateMachine(arn, name, now, Revision(INITIAL, fields, now), _tags(request.get("tags", [])))
        with self.lock:
            known = self.all.get(arn)
            if known is not None and known.settings() != made.settings():
                raise RefusedError("StateMachineAlreadyExists", f"State Machine Already Exists: '{arn}'")
            return self.all.setdefault(arn, made)

    def update(self, request: Mapping[str, Any]) -> StateMachine:
        """UpdateStateMachine; executions under way keep what they started with."""
        given = {name: request[name] for name in UPDATABLE if request.get(name) is not None}
        if "loggingConfiguration" in given:
            given["loggingConfiguration"] = _logging(request)
        if not given:
            raise RefusedError(
                "MissingRequiredParameter",
                "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration "
                "must be specified",
            )
        with self.lock:
            machine = self.find(str(request["stateMachineArn"]))
            fields = {**machine.revision.fields, **given}
            machine.revision = Revision(str(uuid.uuid4()), fields, time.time())
            return machine

    def delete(self, arn: str) -> None:
        """DeleteStateMachine, with its versions and aliases; one that isn't there is no error."""
        with self.lock:
            self.all.pop(arn, None)

    def describe(self, arn: str) -> dict[str, Any]:
        """DescribeStateMachine, of a machine, a version or an alias."""
        machine, revision, version = self.resolve(arn)
        described = {
            "stateMachineArn": arn,
            "name": machine.name,
            "status": "ACTIVE",
            **revision.fields,
            "creationDate": machine.date if version is None else version.date,
            "revisionId": None if revision.id == INITIAL else revision.id,
            "description": None if version is None else version.description or None,
            "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
        }
        return present(described)

    def list(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """ListStateMachines, by name."""
        with self.lock:
            machines = sorted(self.all.values(), key=lambda one: one.name)
        shown, token = page(machines, request)
        entries = [
            {
                "stateMachineArn": one.arn,
                "name": one.name,
                "type": one.revision.fields["type"],
                "creationDate": one.date,
            }
            for one in shown
        ]
        return {"stateMachines": entries, **token}

    def find(self, arn: str) -> StateMachine:
        """Return the machine of that ARN, without a qualifier."""
        with self.lock:
            machine = self.all.get(arn)
        if machine is None:
            if not arn.startswith("arn:") or ":stateMachine:" not in arn:
                raise RefusedError("InvalidArn", f"Invalid Arn: '{arn}'")
            raise RefusedError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
        return machine

    def of(self, arn: str) -> tuple[StateMachine, str]:
        """Return the machine of an ARN that may have a qualifier, and the qualifier, or ''."""
        with self.lock:
            if arn in self.all:
                return self.all[arn], ""
            unqualified, _, qualifier = arn.rpartition(":")
            if unqualified in self.all:
                return self.all[unqualified], qualifier
        return self.find(arn), ""

    def resolve(self, arn: str) -> tuple[StateMachine, Revision, Version | None]:
        """Return what an ARN names: the latest revision, or a version's; an alias' first version's."""
        with self.lock:
            machine, qualifier = self.of(arn)
            if not qualifier:
                return machine, machine.revision, None
            if qualifier in machine.aliases:
                qualifier = machine.aliases[qualifier].routes[0][0].rpartition(":")[2]
            version = machine.versions.get(int(qualifier)) if qualifier.isdigit() else None
        if version is None:
            raise RefusedError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
        return machine, version.revision, version

    def tag(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """TagResource."""
        self._tagged(request).update(_tags(request["tags"]))
        return {}

    def untag(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """UntagResource."""
        tags = self._tagged(request)
        for key in request["tagKeys"]:
            tags.pop(key, None)
        return {}

    def tags_of(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """ListTagsForResource."""
        return {"tags": [{"key": key, "value": value} for key, value in self._tagged(request).items()]}

    def _tagged(self, request: Mapping[str, Any]) -> dict[str, str]:
        arn = str(request["resourceArn"])
        with self.lock:
            if arn not in self.all:
                raise RefusedError("ResourceNotFound", f"Resource not found: '{arn}'")
            return self.all[arn].tags


def _logging(request: Mapping[str, Any]) -> dict[str, Any]:
    given = {"level": "OFF", "includeExecutionData": False, **request.get("loggingConfiguration", {})}
    if given["level"] != "OFF" and not given.get("destinations"):
        raise RefusedError(
            "InvalidLoggingConfiguration", "Invalid Logging Configuration: a destination is required"
        )
    return given


def _tags(given: list[Mapping[str, str]]) -> dict[str, str]:
    return {tag["key"]: tag.get("value", "") for tag in given}


def parsed(revision: Revision) -> dict[str, Any]:
    """Return a revision's definition."""
    definition: dict[str, Any] = json.loads(revision.fields["definition"])
    return definition
