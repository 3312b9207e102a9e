"""Every declaration against its schema and its service model: nothing misspelt, nothing left unsaid."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from s_infra.sandbox.provider.cty import UNKNOWN, State
from s_infra.sandbox.provider.declaration import Call, Read, Resource, Tags
from s_infra.sandbox.provider.engine import ResourceType
from s_infra.sandbox.provider.schema import FOLDER, Block, build, load
from s_infra.sandbox.provider.session import Clients, Session
from s_infra.sandbox.provider.shapes import member
from s_infra.sandbox.provider.types import PROVIDERS
from s_infra.sandbox.provider.validate import PROVIDERS_OWN, carried_by
from s_infra.sandbox.provider.wire import schema
from s_infra.sandbox.service_models import service_model

RESOURCES = {name: resource for served in PROVIDERS for name, resource in served.resources.items()}
SESSION = Session(Clients("http://127.0.0.1:1"), "us-east-1", Path())

each_type = pytest.mark.parametrize("type_name", RESOURCES)


def _paths(block: Block, prefix: str = "") -> Iterator[str]:
    yield from (prefix + name for name in block.attributes)
    for name, nested in block.blocks.items():
        yield prefix + name
        yield from _paths(nested.block, f"{prefix}{name}.")


def _calls(resource: Resource) -> list[Call]:
    return [*resource.create, *resource.update, *resource.delete]


def _operations(resource: Resource) -> list[str]:
    calls = [name for call in _calls(resource) for name in (call.operation, call.unset, call.each) if name]
    tags = [resource.tags.read, resource.tags.add, resource.tags.remove] if resource.tags else []
    return [*calls, *(read.operation for read in resource.read), *filter(None, tags)]


def _shapes(resource: Resource) -> Iterator[Any]:
    model = service_model(resource.service)
    for name in _operations(resource):
        operation = model.operation_model(name)
        yield from (operation.input_shape, operation.output_shape)


@each_type
def test_every_path_named_is_in_the_schema(type_name: str) -> None:
    resource, block = RESOURCES[type_name], load("resource", type_name)
    templates = [resource.id, *(resource.import_ids or ()), *resource.derived.values()]
    named = {
        *resource.names,
        *resource.defaults,
        *resource.blank,
        *resource.filled,
        *resource.replace,
        *resource.renewed,
        *resource.renewed_if.values(),
        *(cause for causes in resource.renewed.values() for cause in causes),
        *resource.json,
        *resource.local,
        *resource.refused,
        *resource.derived,
        *(name for group in resource.one_of for name in group),
        *(name for call in _calls(resource) for name in (*call.when, *call.returns)),
        *(name for read in resource.read for name in (*read.given, *(read.match or ())[:1])),
        *(name for template in templates for name in re.findall(r"{(\w+)}", template)),
    }
    assert named - set(_paths(block)) <= {"partition", "account", "region"}


@each_type
def test_every_operation_is_in_the_service_model(type_name: str) -> None:
    resource = RESOURCES[type_name]
    assert set(_operations(resource)) <= set(service_model(resource.service).operation_names)


@each_type
def test_every_member_named_is_in_a_shape(type_name: str) -> None:
    resource = RESOURCES[type_name]
    tops = {path: names for path, names in resource.names.items() if names and "." not in path}
    places = [shape for shape in _shapes(resource) if shape is not None]
    inner = {place.members.get(read.at) for place in places for read in resource.read} - {None}
    for path in tops:
        assert any(member(shape, path, resource.names) for shape in [*places, *inner]) or _in_list(
            resource, path
        ), path


def _in_list(resource: Resource, path: str) -> bool:
    model = service_model(resource.service)
    listed = [
        model.operation_model(read.operation).output_shape.members[read.at.partition(".")[0]].member
        for read in resource.read
        if read.match or read.at.endswith(".0")
    ]
    return any(member(shape, path, resource.names) for shape in listed)


@each_type
def test_a_required_argument_is_carried(type_name: str) -> None:
    served = ResourceType(type_name, RESOURCES[type_name])
    required = {name for name, attribute in served.block.attributes.items() if attribute.required}
    required |= {name for name, nested in served.block.blocks.items() if nested.min_items}
    assert required <= set(served.validator.members) | set(served.resource.local)


@each_type
def test_an_argument_that_no_call_carries_is_refused_by_name(type_name: str) -> None:
    served = ResourceType(type_name, RESOURCES[type_name])
    settable = {name for name, attribute in served.block.attributes.items() if attribute.settable}
    carried = {*served.validator.members, *served.resource.local, *PROVIDERS_OWN} - {*served.resource.refused}
    for name in settable - carried - {"id"}:
        config: State = dict.fromkeys([*served.block.attributes, *served.block.blocks])
        found = served.problems({**config, name: "given"})
        assert f"s-infra sandbox: {type_name} {name} isn't carried out" in [p.summary for p in found]


@each_type
def test_a_change_of_a_carried_argument_reaches_aws(type_name: str) -> None:
    resource, block = RESOURCES[type_name], load("resource", type_name)
    if not resource.update:
        return  # any change makes a new resource
    settable = {name for name, attribute in block.attributes.items() if attribute.settable}
    settable |= set(block.blocks)
    settable -= {*resource.refused, *resource.local, *resource.replace, *PROVIDERS_OWN, "id"}
    reaching = {name for call in resource.update for name in call.when}
    for call in resource.update:
        if not call.when:
            reaching |= set(carried_by(replace(resource, create=(), delete=(), update=(call,)), block))
    carried = set(carried_by(replace(resource, delete=()), block))
    assert carried & settable <= reaching


@each_type
def test_whatever_is_unknown_can_be_validated_and_planned(type_name: str) -> None:
    served = ResourceType(type_name, RESOURCES[type_name])
    config = _unknown(served.block)
    served.problems(config)
    planned = served.plan(SESSION, None, config, config)
    assert planned.state["id"] is UNKNOWN
    blocks = dict.fromkeys(served.block.blocks, UNKNOWN)
    served.problems({**config, **blocks})
    served.plan(SESSION, None, {**config, **blocks}, {**config, **blocks})


def _unknown(block: Block) -> State:
    found: State = {name: UNKNOWN if a.settable else None for name, a in block.attributes.items()}
    for name, nested in block.blocks.items():
        inner = _unknown(nested.block)
        found[name] = None if nested.mode == "single" else [inner]
    return found


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_every_schema_can_be_sent(path: Path) -> None:
    kind, _, name = path.stem.partition("_")
    block = load(kind, name)
    message = schema(block)
    assert {a.name for a in message.block.attributes} == set(block.attributes)
    assert {b.type_name for b in message.block.block_types} == set(block.blocks)


def test_every_schema_is_served() -> None:
    served = {f"provider_{each.name}" for each in PROVIDERS}
    served |= {f"resource_{name}" for each in PROVIDERS for name in each.resources}
    served |= {f"data_{name}" for each in PROVIDERS for name in each.data}
    assert {path.stem for path in FOLDER.glob("*.json")} == served


@pytest.mark.parametrize(
    ("attribute", "fault"),
    [
        ({"type": "string", "required": True, "optional": True}, "required and also optional"),
        ({"type": "string"}, "neither set nor computed"),
    ],
)
def test_an_invalid_schema_is_refused_by_name(attribute: dict[str, object], fault: str) -> None:
    with pytest.raises(ValueError, match=f"thing.name is {fault}"):
        build({"attributes": {"name": attribute}}, "thing")


def test_the_example_of_the_readme_is_the_declaration() -> None:
    text = (Path(FOLDER).parent / "README.md").read_text(encoding="utf-8")
    example = text.partition("```python\n")[2].partition("```")[0]
    names = {"Call": Call, "Read": Read, "Resource": Resource, "Tags": Tags, "dict": dict}
    declared = eval(compile(example, "README.md", "eval"), {"__builtins__": {}}, names)
    assert declared == RESOURCES["aws_cloudwatch_event_bus"]
