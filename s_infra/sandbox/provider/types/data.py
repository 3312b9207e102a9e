"""AWS data sources: who calls, where, and policy documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s_infra.sandbox.provider.declaration import DataSource
from s_infra.sandbox.provider.policy_document import render
from s_infra.sandbox.provider.session import PARTITION, Session
from s_infra.sandbox.provider.wire import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s_infra.sandbox.provider.cty import State


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
    return {
        "id": name,
        "name": name,
        "region": name,
        "description": name,
        "endpoint": f"ec2.{name}.amazonaws.com",
    }


def _policy_document(session: Session, config: State) -> State:
    del session
    return render(config)


def _deprecated_documents(config: State) -> Iterator[Problem]:
    for name in ("source_json", "override_json"):
        if config.get(name) is not None:
            instead = name.replace("_json", "_policy_documents")
            yield Problem(
                f"s-infra sandbox: aws_iam_policy_document {name} isn't carried out",
                f"It's deprecated in the real provider; use {instead}.",
                (name,),
            )


SOURCES = {
    "aws_caller_identity": DataSource(_caller_identity),
    "aws_iam_policy_document": DataSource(_policy_document, _deprecated_documents),
    "aws_partition": DataSource(_partition),
    "aws_region": DataSource(_region),
}
