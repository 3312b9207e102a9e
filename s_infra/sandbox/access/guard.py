"""Sees each call that passed the gate: records who made it, and with `--iam` denies what isn't granted."""

from __future__ import annotations

import json
import uuid
from functools import cached_property
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.access import resources
from s_infra.sandbox.access.calls import CALLS_PATH, Calls
from s_infra.sandbox.access.policies import Need, Policies, Refusal, unknown_condition
from s_infra.sandbox.access.sessions import OWN_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.access.sessions import Session
    from s_infra.sandbox.base import Base, Response
    from s_infra.sandbox.gate.request import Request

# Where policies come in: each is looked through before it is taken.
DOCUMENTS = ("AssumeRolePolicyDocument", "PolicyDocument", "Policy", "policyText", "policy")


class Access:
    """The calls of a sandbox. `enforced`: with `--iam`."""

    def __init__(self, base: Base, *, enforced: bool) -> None:
        self._base, self._enforced = base, enforced
        self._policies = Policies(base)
        self.calls = Calls()
        base.add_page(CALLS_PATH, self.calls.shown)

    def refused(self, request: Request) -> str | None:
        """Return what `--iam` can't carry out of a request, as the gate names it, or None."""
        if not self._enforced:
            return None
        for document in _documents(request.given):
            if condition := unknown_condition(document):
                return f"{request.name} {condition} with --iam"
        if self._session(request) is not None and not self._needs(request):
            return f"{request.name} by a role with --iam"
        return None

    def denied(self, request: Request) -> Response | None:
        """Record a call; return AWS's answer when it isn't allowed."""
        session = self._session(request)
        needs = self._needs(request)
        refusal = self._refusal(session, needs) if self._enforced and session is not None else None
        self.calls.add(
            self._principal(request, session),
            request.name,
            tuple(need.action for need in needs),
            ", ".join(dict.fromkeys(need.resource for need in needs)),
            allowed=refusal is None,
        )
        if refusal is None or session is None:
            return None
        return self._answer(request, session, refusal)

    def trusted(self, role_arn: str, service: str, source: str | None = None) -> str | None:
        """Return why a service may not assume a role; None when it may, and without `--iam`.

        `source` is the ARN of what it does so for, where AWS tells it.
        """
        return self._policies.distrust(role_arn, service, source) if self._enforced else None

    def acts(self, session: Session, action: str, *resources: str) -> str | None:
        """Record what a service does for a role without a request of its own; return AWS's denial or None.

        The role needs the action on each of the resources.
        """
        needs = [Need(action, resource) for resource in resources]
        refusal = self._refusal(session, needs) if self._enforced else None
        self.calls.add(session.arn, action, (action,), ", ".join(resources), allowed=refusal is None)
        return None if refusal is None else self._message(session, refusal)

    @cached_property
    def _names(self) -> Any:
        return self._base.core("iam_actions")

    def _session(self, request: Request) -> Session | None:
        return self._base.sessions.find(request.access_key_id)

    def _principal(self, request: Request, session: Session | None) -> str:
        if session is not None:
            return session.arn
        # The sandbox's own parts stand for AWS's services; whoever else has keys is the account's owner.
        own = request.access_key_id == OWN_KEY
        return "s-infra sandbox" if own else f"arn:aws:iam::{self._base.account_id}:root"

    def _refusal(self, session: Session, needs: list[Need]) -> Refusal | None:
        if session.refusal:
            return Refusal(Need("sts:AssumeRole", session.role_arn), explicit=False, resource_policy=False)
        for need in needs:
            if need.action != "sts:GetCallerIdentity" and (no := self._policies.refusal(session, need)):
                return no
        return None

    def _needs(self, request: Request) -> list[Need]:
        service, operation, given = request.service, request.operation, request.given
        if service == "s3":
            return self._of_s3(request)
        where = {"region": self._base.region, "account": self._base.account_id}
        action = resources.action(service, operation)
        space = {"cloudwatch:namespace": given.get("Namespace")} if service == "monitoring" else {}
        needs = [Need(action, one, space) for one in resources.resources(service, operation, given, where)]
        if needs and service == "sagemaker" and given.get("Tags") and operation.startswith("Create"):
            needs.append(Need("sagemaker:AddTags", needs[0].resource))
        if needs and (passed := resources.passed_role(service, operation, given)):
            needs.append(Need("iam:PassRole", passed[0], {"iam:PassedToService": passed[1]}))
        return needs

    def _of_s3(self, request: Request) -> list[Need]:
        names, query = self._names, dict(request.query)
        action = names._s3_action(request.method, request.path, query)
        if action is None:
            return []
        where = (self._base.region, self._base.account_id)
        arn = names.extract_resource_arn(
            "s3", request.method, request.path, request.headers, request.body, query, *where
        )
        context = {f"s3:{name}": query[name][0] for name in ("prefix", "delimiter") if query.get(name)}
        more = names.s3_additional_checks(request.method, request.path, request.headers, request.body, query)
        return [Need(f"s3:{action}", arn, context), *(Need(other, of) for other, of in more)]

    def _answer(self, request: Request, session: Session, refusal: Refusal) -> Response:
        status, headers, body = self._names.access_denied_response(
            request.service,
            refusal.need.action,
            session.arn,
            str(uuid.uuid4()),
            headers=request.headers,
            message=self._message(session, refusal),
            resource_arn=refusal.need.resource,
            explicit_deny=refusal.explicit,
        )
        # The JSON protocols answer with 400; but for SQS, which has its codes of the query protocol.
        if "x-amz-target" in request.headers and request.service != "sqs":
            status = 400
        return status, headers, body

    def _message(self, session: Session, refusal: Refusal) -> str:
        need = refusal.need
        if session.refusal:
            return session.refusal
        what = f"{need.action} on resource: {need.resource}"
        said = f"User: {session.arn} is not authorized to perform: {what} "
        if not refusal.explicit:
            return said + f"because no identity-based policy allows the {need.action} action"
        kind = "a resource-based" if refusal.resource_policy else "an identity-based"
        return said + f"with an explicit deny in {kind} policy"


def _documents(given: Mapping[str, Any]) -> list[str]:
    found = [given[name] for name in DOCUMENTS if name in given]
    attributes = given.get("Attributes")
    if isinstance(attributes, dict) and "Policy" in attributes:
        found.append(attributes["Policy"])
    if given.get("AttributeName") == "Policy":
        found.append(given.get("AttributeValue", ""))
    return [one.decode(errors="replace") if isinstance(one, bytes) else _text(one) for one in found if one]


def _text(document: object) -> str:
    return document if isinstance(document, str) else json.dumps(document)
