"""AWS data sources: who calls, where, and policy documents."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

import botocore.session

from s_infra.errors import SInfraError
from s_infra.sandbox.provider.declaration import DataSource
from s_infra.sandbox.provider.policy_document import render
from s_infra.sandbox.provider.session import PARTITION, Session
from s_infra.sandbox.provider.wire import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s_infra.sandbox.provider.cty import State, Value


def _caller_identity(session: Session, config: State) -> State:
    del config
    caller = session.identity()
    account = caller["Account"]
    return {"id": account, "account_id": account, "arn": caller["Arn"], "user_id": caller["UserId"]}


def _partition(session: Session, config: State) -> State:
    del session, config
    return {
        "id": PARTITION,
        "partition": PARTITION,
        "dns_suffix": "amazonaws.com",
        "reverse_dns_prefix": "com.amazonaws",
    }


def _region(session: Session, config: State) -> State:
    name = config.get("name") or session.region
    known = _regions()
    if name not in known:
        raise SInfraError(
            "there is no such Region", which=name, next_step=f"one of {', '.join(sorted(known))}"
        )
    return {
        "id": name,
        "name": name,
        "region": name,
        "description": known[name]["description"],
        "endpoint": f"ec2.{name}.amazonaws.com",
    }


@cache
def _regions() -> dict[str, dict[str, str]]:
    data = botocore.session.get_session().get_data("endpoints")
    found: dict[str, dict[str, str]] = next(
        item["regions"] for item in data["partitions"] if item["partition"] == PARTITION
    )
    return found


def _region_problems(config: State) -> Iterator[Problem]:
    if config.get("endpoint") is not None:
        summary = "s-infra sandbox: aws_region endpoint isn't carried out"
        yield Problem(summary, "Give the Region's name as region.", ("endpoint",))


def _policy_document(session: Session, config: State) -> State:
    del session
    return render(config)


def _document_problems(config: State) -> Iterator[Problem]:
    for name in ("source_json", "override_json"):
        if config.get(name) is not None:
            instead = name.replace("_json", "_policy_documents")
            yield Problem(
                f"s-infra sandbox: aws_iam_policy_document {name} isn't carried out",
                f"It's deprecated in the real provider; use {instead}.",
                (name,),
            )
    yield from _one_of(config.get("version"), ("2008-10-17", "2012-10-17"), ("version",))
    statements = config.get("statement")
    for index, statement in enumerate(statements if isinstance(statements, list) else []):
        yield from _one_of(statement.get("effect"), ("Allow", "Deny"), ("statement", index, "effect"))


def _one_of(value: Value, allowed: tuple[str, ...], path: tuple[str | int, ...]) -> Iterator[Problem]:
    if isinstance(value, str) and value not in allowed:
        yield Problem(f"expected {path[-1]} to be one of {json.dumps(allowed)}, got {value}", "", path)


SOURCES = {
    "aws_caller_identity": DataSource(_caller_identity),
    "aws_iam_policy_document": DataSource(_policy_document, _document_problems),
    "aws_partition": DataSource(_partition),
    "aws_region": DataSource(_region, _region_problems),
}
