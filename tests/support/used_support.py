"""Tells what catalogue and components use of AWS, from their code alone."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore import xform_name

from s_infra.sandbox.parity import declared
from s_infra.sandbox.provider.declaration import Resource
from s_infra.sandbox.provider.types import PROVIDERS
from s_infra.sandbox.services.stepfunctions import integrations

REPOSITORY = Path(__file__).parents[2]
RESOURCE = re.compile(r'^resource "(\w+)" "\w+" {\n(.*?)^}', re.MULTILINE | re.DOTALL)
DATA = re.compile(r'^data "(\w+)"', re.MULTILINE)
ARGUMENT = re.compile(r"^ *(?:dynamic \")?(\w+)\"? *[={]", re.MULTILINE)
FUNCTION = re.compile(r"\$([a-z]\w*)\(")
LOCAL = re.compile(r"function\s*\(|\$(\w+)\s*:=")
CLIENT = re.compile(r'client\("([\w-]+)"\)')
OWN_NAMES = {model: own for own, model in declared.MODELS.items()}
# What boto3 makes of several operations has a name of its own.
COMPOSED = {"s3": {"copy": ("HeadObject", "CopyObject")}}
NESTED = ("Retry", "Catch", "Choices")


def used() -> dict[str, str]:
    """Return the operations and features that are used, each with a place where it is."""
    found: dict[str, str] = {}
    for path in sorted([*_files("*.tf"), *_files("*.asl.json"), *_files("*.py")]):
        text = path.read_text()
        if path.suffix == ".tf":
            names = set(_of_types(text))
        elif path.suffix == ".json":
            names = features(json.loads(text))
        else:
            names = set(_of_program(path))
        for name in names:
            found.setdefault(name, path.relative_to(REPOSITORY).as_posix())
    return found


def _files(pattern: str) -> Iterator[Path]:
    for folder in ("catalog", "components"):
        for path in (REPOSITORY / folder).rglob(pattern):
            if not {"tests", "examples", ".terraform"} & set(path.parts):
                yield path


def _of_types(text: str) -> Iterator[str]:
    types = {kind: resource for one in PROVIDERS for kind, resource in one.resources.items()}
    # A data source looks as the resource of its name does.
    for resource in (types[kind] for kind in DATA.findall(text) if kind in types):
        yield from (f"{own_name(resource.service)}:{read.operation}" for read in resource.read)
    for resource, block in ((types[kind], block) for kind, block in RESOURCE.findall(text) if kind in types):
        yield from (f"{own_name(resource.service)}:{operation}" for operation in _calls(resource, block))


def _calls(resource: Resource, block: str) -> Iterator[str]:
    """Give what is called for a resource's life; not what only arguments need that the block doesn't set."""
    for call in (*resource.create, *resource.update, *resource.delete):
        wanted = {"tags" if name == "tags_all" else name for name in call.when}
        if not wanted or wanted & set(ARGUMENT.findall(block)):
            yield from filter(None, (call.operation, call.unset))
    yield from (read.operation for read in resource.read)
    if resource.tags and "tags" in ARGUMENT.findall(block):
        yield from filter(None, (resource.tags.read, resource.tags.add, resource.tags.remove))


def _of_program(path: Path) -> Iterator[str]:
    """Give the operations that a function calls, of the services that its folder makes clients of."""
    beside = "".join(one.read_text() for one in path.parent.glob("*.py"))
    called = {
        node.func.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    for service in set(CLIENT.findall(beside)):
        for operation in integrations.operation_names(service):
            if xform_name(operation) in called:
                yield f"{own_name(service)}:{operation}"
        for method, operations in COMPOSED.get(service, {}).items():
            if method in called:
                yield from (f"{own_name(service)}:{operation}" for operation in operations)


def own_name(service: str) -> str:
    """Return the name in the parity table of a service as botocore names it."""
    return OWN_NAMES.get(service, service)


def features(definition: dict[str, Any]) -> set[str]:
    """Return what a machine uses: states, their fields, tasks and their operations, JSONata's functions."""
    return {*_of_states(definition), *_functions(json.dumps(definition))}


def _of_states(machine: dict[str, Any]) -> Iterator[str]:
    for state in machine["States"].values():
        yield f"state:{state['Type']}"
        yield from (f"field:{name}" for name in state)
        for nested in NESTED:
            yield from (f"field:{nested}.{name}" for each in state.get(nested, ()) for name in each)
        if "Resource" in state:
            yield from _of_task(state["Resource"])
        for inner in (*state.get("Branches", ()), *filter(None, [state.get("ItemProcessor")])):
            yield from _of_states(inner)


def _of_task(resource: str) -> Iterator[str]:
    integration = integrations.find(resource)
    assert integration is not None, resource
    yield f"{own_name(integration.service)}:{integration.operation}"
    named = resource.partition(":states:::")[2]
    yield "task:" + (f"{named.rpartition(':')[0]}:*" if named.startswith("aws-sdk:") else named)


def _functions(text: str) -> Iterator[str]:
    own = set(LOCAL.findall(text))
    yield from (f"jsonata:{name}" for name in FUNCTION.findall(text) if name not in own)
