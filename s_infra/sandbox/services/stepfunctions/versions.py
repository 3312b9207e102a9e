"""Versions and aliases of state machines: what they name is what an execution started on them runs."""

from __future__ import annotations

import random
import re
import time
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.stepfunctions.errors import RefusedError
from s_infra.sandbox.services.stepfunctions.execution import Machine
from s_infra.sandbox.services.stepfunctions.machines import Alias, Machines, StateMachine, Version, parsed
from s_infra.sandbox.services.stepfunctions.paging import page, present

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_VERSIONS = 1000
MOST_ALIASES = 100
# A number is a version's name.
ALIAS_NAME = re.compile(r"(?=.*[A-Za-z_\-.])[A-Za-z0-9_\-.]{1,80}")


def publish(machines: Machines, request: Mapping[str, Any]) -> dict[str, Any]:
    """PublishStateMachineVersion; a revision that has a version gets no second one."""
    with machines.lock:
        machine = machines.find(str(request["stateMachineArn"]))
        revision = machine.revision
        if request.get("revisionId") not in (None, revision.id):
            told = f"Failed to publish the State Machine version for revision {request['revisionId']}. "
            raise _conflict(f"{told}The current State Machine revision is {revision.id}.")
        description = str(request.get("description") or "")
        known = next((one for one in machine.versions.values() if one.revision == revision), None)
        if known is None:
            if len(machine.versions) >= MOST_VERSIONS:
                raise RefusedError(
                    "ServiceQuotaExceededException", f"A machine has at most {MOST_VERSIONS} versions"
                )
            machine.last_version += 1
            arn = f"{machine.arn}:{machine.last_version}"
            known = Version(arn, revision, description, time.time())
            machine.versions[machine.last_version] = known
        elif known.description != description:
            raise _conflict("Version already exists with a different description")
    return {"stateMachineVersionArn": known.arn, "creationDate": known.date}


def delete_version(machines: Machines, request: Mapping[str, Any]) -> dict[str, Any]:
    """DeleteStateMachineVersion, which no alias may name."""
    arn = str(request["stateMachineVersionArn"])
    with machines.lock:
        machine, qualifier = machines.of(arn)
        if not qualifier.isdigit():
            raise RefusedError("InvalidArn", f"Invalid Arn: '{arn}'")
        naming = [name for name, one in machine.aliases.items() if arn in dict(one.routes)]
        if naming:
            told = "Version to be deleted must not be referenced by an alias. Current list of aliases "
            raise _conflict(f"{told}referencing this version: [{', '.join(naming)}]")
        machine.versions.pop(int(qualifier), None)
    return {}


def list_versions(machines: Machines, request: Mapping[str, Any]) -> dict[str, Any]:
    """ListStateMachineVersions, newest first."""
    machine = machines.find(str(request["stateMachineArn"]))
    shown, token = page(sorted(machine.versions.values(), key=lambda one: -one.date), request)
    entries = [{"stateMachineVersionArn": one.arn, "creationDate": one.date} for one in shown]
    return {"stateMachineVersions": entries, **token}


def create_alias(machines: Machines, request: Mapping[str, Any]) -> dict[str, Any]:
    """CreateStateMachineAlias; the same request again changes nothing."""
    name = str(request["name"])
    if not ALIAS_NAME.fullmatch(name):
        raise RefusedError("InvalidName", f"Invalid Name: '{name}'")
    with machines.lock:
        machine, routes = _routed(machines, request["routingConfiguration"])
        arn, now = f"{machine.arn}:{name}", time.time()
        made = Alias(arn, str(request.get("description") or ""), routes, now, now)
        known = machine.aliases.get(name)
        if known is not None and (known.routes, known.description) != (made.routes, made.description):
            raise _conflict("Create or Update of the alias with the same name but different configuration")
        if known is None and len(machine.aliases) >= MOST_ALIASES:
            raise RefusedError(
                "ServiceQuotaExceededException", f"A machine has at most {MOST_ALIASES} aliases"
            )
        alias = machine.aliases.setdefault(name, made)
    return {"stateMachineAliasArn": alias.arn, "creationDate": alias.date}


def update_alias(machines: Machines, request: Mapping[str, Any]) -> dict[str, Any]:
    """UpdateStateMachineAlias."""
    with machines.lock:
        machine, alias = _alias(machines, request)
        routes = alias.routes
        if "routingConfiguration" in request:
            owner, routes = _routed(machines, request["routingConfiguration"])
            if owner is not machine:
                raise _invalid("The versions are of another state machine")
        description = str(request.get("description", alias.description))
        changed = Alias(alias.arn, description, routes, alias.date, time.time())
        machine.aliases[alias.arn.rpartition(":")[2]] = changed
    return {"updateDate": changed.update_date}


def describe_alias(machines: Machines, request: Mapping[str, Any]) -> dict[str, Any]:
    """DescribeStateMachineAlias."""
    _, alias = _alias(machines, request)
    routes = [{"stateMachineVersionArn": arn, "weight": weight} for arn, weight in alias.routes]
    return present(
        {
            "stateMachineAliasArn": alias.arn,
            "name": alias.arn.rpartition(":")[2],
            "description": alias.description or None,
            "routingConfiguration": routes,
            "creationDate": alias.date,
            "updateDate": alias.update_date,
        }
    )


def delete_alias(machines: Machines, request: Mapping[str, Any]) -> dict[str, Any]:
    """DeleteStateMachineAlias."""
    with machines.lock:
        machine, alias = _alias(machines, request)
        del machine.aliases[alias.arn.rpartition(":")[2]]
    return {}


def list_aliases(machines: Machines, request: Mapping[str, Any]) -> dict[str, Any]:
    """ListStateMachineAliases of a machine, or of one of its versions."""
    arn = str(request["stateMachineArn"])
    machine, qualifier = machines.of(arn)
    aliases = [one for one in machine.aliases.values() if not qualifier or arn in dict(one.routes)]
    shown, token = page(aliases, request)
    entries = [{"stateMachineAliasArn": one.arn, "creationDate": one.date} for one in shown]
    return {"stateMachineAliases": entries, **token}


def to_run(machines: Machines, arn: str) -> Machine:
    """Return what an execution started on `arn` runs: an alias chooses by its weights, once."""
    with machines.lock:
        machine, qualifier = machines.of(arn)
        alias = machine.aliases.get(qualifier)
        if alias is not None:
            routes = dict(alias.routes)
            arn = random.choices(list(routes), list(routes.values()))[0]  # noqa: S311 - no secret
        _, revision, version = machines.resolve(arn)
    return Machine(
        arn=machine.arn,
        name=machine.name,
        role_arn=revision.fields["roleArn"],
        definition=parsed(revision),
        text=revision.fields["definition"],
        logging=revision.fields["loggingConfiguration"],
        update_date=revision.date,
        revision_id=revision.id,
        version_arn=None if version is None else version.arn,
        alias_arn=None if alias is None else alias.arn,
    )


def _routed(
    machines: Machines, given: Sequence[Mapping[str, Any]]
) -> tuple[StateMachine, tuple[tuple[str, int], ...]]:
    routes = tuple((str(one["stateMachineVersionArn"]), int(one["weight"])) for one in given)
    if len(routes) not in (1, 2) or len(dict(routes)) != len(routes):
        raise _invalid("The routing configuration names one version, or two different ones")
    if sum(weight for _, weight in routes) != 100:
        raise _invalid("Sum of routing configuration weights must equal 100")
    found = []
    for arn, _ in routes:
        machine, qualifier = machines.of(arn)
        if not qualifier.isdigit() or int(qualifier) not in machine.versions:
            raise RefusedError("ResourceNotFound", f"Resource not found: '{arn}'")
        found.append(machine)
    if found[0] is not found[-1]:
        raise _invalid("The versions are of different state machines")
    return found[0], routes


def _alias(machines: Machines, request: Mapping[str, Any]) -> tuple[StateMachine, Alias]:
    arn = str(request["stateMachineAliasArn"])
    try:
        machine, qualifier = machines.of(arn)
        return machine, machine.aliases[qualifier]
    except (KeyError, RefusedError) as error:
        raise RefusedError(
            "ResourceNotFound", f"Request references a resource that does not exist: '{arn}'"
        ) from error


def _conflict(message: str) -> RefusedError:
    return RefusedError("ConflictException", message)


def _invalid(message: str) -> RefusedError:
    return RefusedError("ValidationException", message)
