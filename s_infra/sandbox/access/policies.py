"""What policies allow, by MiniStack's evaluator: identity, boundary, resource and trust policies."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from s_infra.sandbox.access.sessions import Session
    from s_infra.sandbox.base import Base

# What the catalog's policies are conditional on, and what a request here can tell.
OPERATORS = frozenset(
    {
        *("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "Bool", "Null", "StringEquals"),
        *("StringEqualsIgnoreCase", "StringLike", "StringNotEquals", "StringNotLike"),
    }
)
KEYS = frozenset(
    {
        *("aws:principalaccount", "aws:principalarn", "aws:requestedregion", "aws:resourceaccount"),
        *("aws:securetransport", "aws:sourceaccount", "aws:sourcearn", "aws:sourceowner"),
        "cloudwatch:namespace",
        # A call that comes to the sandbox comes from no service: what is let through one isn't let.
        *("iam:passedtoservice", "kms:viaservice", "s3:delimiter", "s3:prefix"),
    }
)


@dataclass(frozen=True)
class Need:
    """An action on a resource that a call needs, and what conditions may be asked of it."""

    action: str
    resource: str
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Refusal:
    """Why a need isn't allowed; `resource_policy`: by an explicit deny of the resource's own policy."""

    need: Need
    explicit: bool
    resource_policy: bool


class Policies:
    """The account's policies as they are now."""

    def __init__(self, base: Base) -> None:
        self._base, self._account_id, self._region = base, base.account_id, base.region

    @cached_property
    def _evaluator(self) -> Any:
        # Not before it is asked: a sandbox without `--iam` is ready the sooner.
        return self._base.core("iam_evaluator")

    @cached_property
    def _iam(self) -> Any:
        return self._base.module("iam")

    def refusal(self, session: Session, need: Need) -> Refusal | None:
        """Return why a session may not do what it needs, None when it may."""
        name = session.role_arn.rpartition("/")[2]
        context = self._context(session.arn, "AssumedRole", need)
        limits = self._evaluator._permissions_boundary(self._iam._roles, name, self._account_id)
        granted = self._evaluator._gather_role_policies(name, self._account_id)
        decided = self._evaluator.evaluate(context, granted, *limits)
        own = self._evaluator._resource_policy(need.action.partition(":")[0], need.resource)
        if own is not None:
            decided = self._evaluator.combine_resource_policy(decided, context, *own, limits=limits)
        if decided.decision == "Allow":
            return None
        return Refusal(need, decided.decision == "Deny", bool(decided.resource_policy_arn))

    def distrust(self, role_arn: str, service: str, source: str | None = None) -> str | None:
        """Return why a service may not assume a role, None when it may."""
        role = self._iam._roles.get_scoped(self._account_id, None, role_arn.rpartition("/")[2])
        principal = f"{service}.amazonaws.com"
        if role is None:
            return f"The role {role_arn} does not exist"
        text = role["AssumeRolePolicyDocument"]
        document = json.loads(text) if isinstance(text, str) else text
        context = {"aws:sourceaccount": self._account_id, **({"aws:sourcearn": source} if source else {})}
        asked = self._context("*", "Service", Need("sts:AssumeRole", role_arn, context))
        decided = self._evaluator.evaluate_resource_policy(document, asked, service=principal)
        if decided.decision == "Allow":
            return None
        return f"{principal} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"

    def _context(self, arn: str, kind: str, need: Need) -> Any:
        return self._evaluator.EvalContext(
            principal_arn=arn,
            principal_type=kind,
            principal_account="" if kind == "Service" else self._account_id,
            action=need.action,
            resource_arn=need.resource,
            region=self._region,
            # The wire stays on this machine; it stands for the TLS that AWS's endpoints have.
            secure_transport=True,
            service_context={key.lower(): value for key, value in need.context.items()},
        )


def unknown_condition(document: str) -> str | None:
    """Return the first condition of a policy that `--iam` can't decide: `Condition Operator key`."""
    try:
        found = json.loads(document)
    except ValueError:
        # Whoever takes the policy says so in AWS's words.
        return None
    statements = found.get("Statement", []) if isinstance(found, dict) else []
    for statement in statements if isinstance(statements, list) else [statements]:
        for operator, key in _conditions(statement):
            plain = operator.rpartition(":")[2].removesuffix("IfExists")
            if plain not in OPERATORS or key.lower() not in KEYS:
                return f"Condition {operator} {key}"
    return None


def _conditions(statement: Any) -> Iterator[tuple[str, str]]:
    given = statement.get("Condition", {}) if isinstance(statement, dict) else {}
    for operator, keys in given.items():
        for key in keys:
            yield str(operator), str(key)
