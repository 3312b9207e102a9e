"""What a change will make of a resource: defaults, computed values, and whether it must be replaced."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s_infra.sandbox.provider.cty import UNKNOWN, State, Value, conform
from s_infra.sandbox.provider.validate import PROVIDERS_OWN
from s_infra.sandbox.provider.values import Settling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.provider.declaration import Resource
    from s_infra.sandbox.provider.schema import Block
    from s_infra.sandbox.provider.session import Session


@dataclass(frozen=True)
class Planned:
    """The planned state, and the paths whose change needs a new resource."""

    state: State
    replace: tuple[tuple[str | int, ...], ...]


def plan(
    resource: Resource, block: Block, session: Session, prior: State | None, proposed: State, config: State
) -> Planned:
    """Plan a create (no `prior`) or an update; `proposed` is Terraform's merge of state and configuration."""
    planned = copy.deepcopy(proposed)
    _fill(block, planned, config, prior, resource.defaults)
    if "region" in block.attributes and config.get("region") is None:
        planned["region"] = session.region
    if "tags_all" in block.attributes:
        planned["tags_all"] = _all_tags(session, planned.get("tags"))
    for name in resource.filled:
        if config.get(name) in (None, []):
            planned[name] = UNKNOWN if prior is None else copy.deepcopy(prior[name])
    planned = conform(planned, block.type) | dict.fromkeys(resource.write_only)
    if prior is None:
        return Planned(planned, ())
    planned = Settling(reading=False, json_paths=resource.json)(prior, planned, block.type)
    for name, causes in resource.renewed.items():
        if name in resource.renewed_if and not planned[resource.renewed_if[name]]:
            continue
        if config.get(name) is None and any(prior[cause] != planned[cause] for cause in causes):
            planned[name] = UNKNOWN
    return Planned(planned, tuple(_replacements(resource, block, prior, planned)))


def _fill(
    block: Block,
    planned: State,
    config: State | None,
    prior: State | None,
    defaults: Mapping[str, Value],
    path: str = "",
) -> None:
    # An element of a set has no configuration of its own here: what it holds is what was configured.
    written = planned if config is None else config
    for name, attribute in block.attributes.items():
        if written.get(name) is not None:
            continue
        if planned.get(name) is None and path + name in defaults:
            planned[name] = defaults[path + name]
        elif planned.get(name) is None and attribute.computed and prior is None:
            planned[name] = UNKNOWN
    for name, nested in block.blocks.items():
        elements = planned.get(name)
        before = (prior or {}).get(name)
        if nested.mode == "single" or not isinstance(elements, list):
            continue
        configured = written.get(name) if nested.mode == "list" else None
        for index, element in enumerate(elements):
            _fill(
                nested.block,
                element,
                configured[index] if isinstance(configured, list) and index < len(configured) else None,
                _before(before, element, index, nested.mode),
                defaults,
                f"{path}{name}.",
            )


def _before(before: Value, element: State, index: int, mode: str) -> State | None:
    if not isinstance(before, list):
        return None
    if mode == "set":
        return element if element in before else None
    found: State | None = before[index] if index < len(before) else None
    return found


def _all_tags(session: Session, tags: Value) -> Value:
    if tags is UNKNOWN or session.default_tags is UNKNOWN:
        return UNKNOWN
    own = {key: value for key, value in (tags or {}).items() if value is not None}
    return {**session.default_tags, **own}


def _replacements(
    resource: Resource, block: Block, prior: State, planned: State
) -> list[tuple[str | int, ...]]:
    paths = list(resource.replace)
    if not resource.update and resource.change is None:
        settable = [name for name, attribute in block.attributes.items() if attribute.settable]
        paths += [name for name in (*settable, *block.blocks) if name not in resource.local]
    paths += ["region"] if "region" in block.attributes else []
    found: list[tuple[str | int, ...]] = []
    for path in dict.fromkeys(paths):
        name, _, inner = path.partition(".")
        if name in PROVIDERS_OWN - {"region"} or name == "id":
            continue
        if _at(prior, name, inner) != _at(planned, name, inner):
            found.append((name, 0, inner) if inner else (name,))
    return found


def _at(state: State, name: str, inner: str) -> Value:
    value = state.get(name)
    if not inner or not isinstance(value, list):
        return value
    return [item.get(inner) for item in value]
