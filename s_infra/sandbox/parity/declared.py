"""Collects what the services' own tables, the gate and the provider's types declare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from s_infra.packaging import aws_images
from s_infra.sandbox import gate
from s_infra.sandbox.carried import Fields
from s_infra.sandbox.provider.types import PROVIDERS
from s_infra.sandbox.services import (
    cloudwatch,
    codebuild,
    glue,
    rds,
    sagemaker,
    schedules,
    secretsmanager,
    stepfunctions,
)
from s_infra.sandbox.services.codebuild import carried as builds
from s_infra.sandbox.services.glue import jobs
from s_infra.sandbox.services.rds import carried as databases
from s_infra.sandbox.services.sagemaker import runtime
from s_infra.sandbox.services.sagemaker.carried import CARRIED
from s_infra.sandbox.services.stepfunctions import definition, integrations
from s_infra.sandbox.services.stepfunctions.definition import fields as own_fields
from s_infra.sandbox.services.stepfunctions.languages import expressions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s_infra.sandbox.provider.declaration import Resource

OURS, BASE, REFUSED = "ours", "the base's", "refused"
# botocore's name of a service, where it isn't the signing name.
MODELS = {"monitoring": "cloudwatch", "states": "stepfunctions"}
OWN = {
    "codebuild": codebuild.OPERATIONS,
    "glue": frozenset(glue.OPERATIONS),
    "monitoring": frozenset(cloudwatch.OPERATIONS),
    "rds": frozenset(rds.OPERATIONS),
    "sagemaker": frozenset(sagemaker.OPERATIONS),
    "sagemaker-runtime": runtime.CARRIED,
    "scheduler": frozenset(schedules.OPERATIONS),
    "secretsmanager": frozenset(secretsmanager.OPERATIONS),
    "states": stepfunctions.OPERATIONS,
}
TABLES = {
    "codebuild": builds.CARRIED,
    "rds": databases.CARRIED,
    "sagemaker": CARRIED,
    "secretsmanager": secretsmanager.CARRIED,
}


@dataclass(frozen=True)
class Operation:
    """An operation, a task's resource, a state, a field, a JSONata function, an image, a Terraform type.

    `listed`: the code names it, so it needs a test. `types`: the Terraform types that call it.
    """

    service: str
    operation: str
    by: str
    listed: bool
    features: tuple[str, ...] = ()
    types: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name that a test's marker gives."""
        return f"{self.service}:{self.operation}"


def operations() -> Iterator[Operation]:
    """Give all of them, service by service."""
    used = _used_by_types()
    for service in sorted({*gate.SERVICES, *OWN}):
        for operation in sorted(integrations.operation_names(MODELS.get(service, service))):
            types = tuple(sorted(used.get(f"{service}:{operation}", ())))
            by, listed = _by(service, operation)
            features = _features(service, operation) if by == OURS else ()
            yield Operation(service, operation, by, listed, features, types)
    for resource in sorted(integrations.resources()):
        yield Operation("task", resource, OURS, listed=True)
    for state in sorted(definition.STATE_FIELDS):
        yield Operation("state", state, OURS, listed=True)
    yield from (Operation("field", name, OURS, listed=False) for name in sorted(set(_fields())))
    for name in sorted(expressions.names()):
        yield Operation("jsonata", name, OURS, listed=False)
    for repository, versions in sorted(aws_images.VERSIONS.items()):
        yield Operation("image", repository, OURS, listed=True, features=tuple(sorted(versions)))
    for served in PROVIDERS:
        for kind in sorted({*served.resources, *(f"data.{name}" for name in served.data)}):
            yield Operation("terraform", kind, OURS, listed=True)


def _fields() -> Iterator[str]:
    for own in definition.STATE_FIELDS.values():
        yield from own | own_fields.COMMON_FIELDS
    for nested, own in own_fields.NESTED_FIELDS.items():
        yield from (f"{nested}.{name}" for name in own)


def _by(service: str, operation: str) -> tuple[str, bool]:
    if service in OWN:
        if operation not in OWN[service]:
            return REFUSED, False
        return OURS, True
    carried = operation in gate.CARRIED[service]
    return (BASE if carried else REFUSED), carried


def _features(service: str, operation: str) -> tuple[str, ...]:
    if service in TABLES:
        fields = TABLES[service][operation] if operation in TABLES[service] else Fields(frozenset())
        kept = databases.KEPT.whole if operation in ("CreateDBInstance", "ModifyDBInstance") else frozenset()
        only = (f"{path} only {', '.join(map(str, values))}" for path, values in sorted(fields.only.items()))
        idle = (f"{path} kept, without effect here" for path in sorted(fields.whole & kept))
        return (*sorted(fields.whole - kept), *only, *idle)
    if service == "monitoring":
        return tuple(sorted(cloudwatch.FIELDS.get(operation, ())))
    if service == "glue" and operation in ("CreateJob", "UpdateJob"):
        kinds = ", ".join(jobs.PYTHON_VERSIONS)
        python = f"Command.PythonVersion only {', '.join(sum(jobs.PYTHON_VERSIONS.values(), ()))}"
        capacity = f"MaxCapacity only {', '.join(map(str, sorted(set(jobs.CAPACITIES))))}"
        release = f"GlueVersion of glueetl only {', '.join(jobs.SPARK_VERSIONS)}"
        return (*sorted(jobs.SPARK_FIELDS), f"Command.Name only {kinds}", python, capacity, release)
    return ()


def _used_by_types() -> dict[str, set[str]]:
    used: dict[str, set[str]] = {}
    for served in PROVIDERS:
        for kind, resource in served.resources.items():
            service = next(
                (own for own, model in MODELS.items() if model == resource.service), resource.service
            )
            for operation in _calls(resource):
                used.setdefault(f"{service}:{operation}", set()).add(kind)
    return used


def _calls(resource: Resource) -> Iterator[str]:
    for call in (*resource.create, *resource.update, *resource.delete):
        yield call.operation
        if call.unset:
            yield call.unset
    yield from (read.operation for read in resource.read)
    if resource.tags:
        yield from filter(None, (resource.tags.read, resource.tags.add, resource.tags.remove))
