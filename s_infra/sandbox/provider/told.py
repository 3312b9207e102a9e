"""Data sources that tell what a resource's reads tell: a line each, beside the resource's declaration."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from s_infra.errors import SInfraError
from s_infra.sandbox.provider.declaration import DataSource, Resource
from s_infra.sandbox.provider.lifecycle import Lifecycle
from s_infra.sandbox.provider.schema import load
from s_infra.sandbox.provider.shapes import carried
from s_infra.sandbox.provider.wire import Problem
from s_infra.sandbox.service_models import service_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from s_infra.sandbox.provider.cty import State
    from s_infra.sandbox.provider.session import Session


def told_by(
    type_name: str,
    resource: Resource,
    *,
    known: Mapping[str, str] | None = None,
    sensitive: tuple[str, ...] = (),
) -> DataSource:
    """A data source that reads as `resource` does.

    `known` are templates of attributes that the reads need and the configuration doesn't give.
    """

    def read(session: Session, config: State) -> State:
        block = load("data", type_name)
        lifecycle = Lifecycle(resource, block, session)
        given = {name: value for name, value in config.items() if value is not None}
        settable = {name for name, attribute in block.attributes.items() if attribute.settable}
        state = {name: value for name, value in resource.defaults.items() if name in settable} | given
        state |= {name: lifecycle.template(text, state) for name, text in (known or {}).items()}
        told = lifecycle.read(state)
        if told is None:
            raise SInfraError("there is none", which=", ".join(f"{name} = {given[name]}" for name in given))
        if "tags" in block.attributes:  # all of them: a data source knows nothing of default tags
            told["tags"] = told.get("tags_all")
        return {**state, **told, **given}

    @cache
    def asked() -> set[str]:
        names = {"region", *resource.local}
        names |= {name for text in (known or {}).values() for name in re.findall(r"{(\w+)}", text)}
        model = service_model(resource.service)
        for reading in resource.read:
            names |= {reading.match[0]} if reading.match else set()
            shape = model.operation_model(reading.operation).input_shape
            names |= {path for path, _ in carried(load("data", type_name).type, shape, resource.names)}
        return names

    def problems(config: State) -> Iterator[Problem]:
        for name, attribute in load("data", type_name).attributes.items():
            if attribute.settable and config.get(name) is not None and name not in asked():
                yield Problem(f"s-infra sandbox: {type_name} {name} isn't carried out", "", (name,))

    return DataSource(read, problems, sensitive)
