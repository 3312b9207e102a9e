"""Stands before the base and each of its services, and lets pass what is carried out."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from s_infra.sandbox.base import TAGS_PATH, signing_name, signing_region
from s_infra.sandbox.gate.fields import CHECKS
from s_infra.sandbox.gate.members import MEMBERS, given, not_carried
from s_infra.sandbox.gate.naming import operation_name
from s_infra.sandbox.gate.operations import CARRIED, OURS, SERVICES
from s_infra.sandbox.gate.refusals import refusal
from s_infra.sandbox.gate.request import Request, access_key_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.base import Base, Handler, Response
    from s_infra.sandbox.gate.fields import Fields

# These keep what they have in one Region, the sandbox's.
OF_ONE_REGION = ("glue", "lambda", "monitoring", "rds", "sagemaker", "scheduler", "secretsmanager", "states")
OWN_PATHS = ("/_ministack/lambda-code/", "/_ministack/lambda-layers/")
HIDDEN_PATHS = (
    "/_ministack",
    "/_localstack",
    "/_aws",
    "/_alb",
    "/health",
    "/oauth2",
    "/login",
    "/.well-known",
)
CONTROL_PATH, REGISTRY_PATH = "/v20180820/", "/v2/"


def install(base: Base) -> None:
    """Put the gate before the base and before each of its services."""
    base.close_side_entrances()
    base.add_filter(functools.partial(_hidden, base))
    for service in base.service_names():
        base.wrap_service(service, functools.partial(guarded, base, service))
    base.serve_unknown(lambda service: guarded(base, service, _nothing))


def guarded(base: Base, service: str, inner: Handler) -> Handler:
    """Return a handler that passes on what is carried out and allowed."""
    region, access = base.region, base.access

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Response:
        operation = operation_name(service, method, path, headers, body, query)
        reason = refused(service, operation, body, headers, query)
        if reason is None and service in OF_ONE_REGION and signing_region(headers) not in (None, region):
            reason = f"{service}:{operation} in another Region than {region} (set AWS_REGION at its start)"
        key = access_key_id(headers, query)
        request = Request(service, operation, method, path, headers, body, query, key)
        reason = reason or access.refused(request)
        if reason is not None:
            return refusal(reason, headers)
        if (denial := access.denied(request)) is not None:
            return denial
        return await inner(method, path, headers, body, query)

    return handle


def refused(
    service: str,
    operation: str,
    body: bytes,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, list[str]] | None = None,
) -> str | None:
    """Return what isn't carried out, as `service:operation field`, or None when the request may pass."""
    name = f"{service}:{operation}"
    if service in OURS:
        return None
    if service not in SERVICES or operation not in CARRIED[service]:
        return name
    if service in MEMBERS:
        fields = given(service, operation, headers or {}, body, query or {})
        if member := not_carried(service, operation, fields):
            return f"{name} {member}"
    check = CHECKS.get((service, operation))
    if check is None:
        return None
    field = check(fields if service in MEMBERS else _fields(body))
    return f"{name} {field}" if field else None


def _fields(body: bytes) -> Fields:
    text = body.decode(errors="replace")
    if text.lstrip().startswith("{"):
        found: Fields = json.loads(text)
        return found
    return {key: values[0] for key, values in parse_qs(text).items()}


def _hidden(base: Base, method: str, path: str, headers: Mapping[str, str]) -> Response | None:
    if path.startswith(OWN_PATHS):
        return None
    signed = signing_name(headers)
    if signed is None and path.startswith(HIDDEN_PATHS):
        return refusal(f"{method} {path}", headers)
    if base.names_a_bucket(headers.get("host", "")) and not path.startswith(REGISTRY_PATH):
        return refusal("s3 with the bucket in the host's name (set path style)", headers)
    if path.startswith(CONTROL_PATH) and not path.startswith(TAGS_PATH):
        return refusal(f"s3-control:{method} {path}", headers)
    # The base answers some requests by their path, before it looks for the service they are signed for.
    kind = headers.get("content-type", "")
    if signed is not None and signed not in SERVICES and "x-www-form-urlencoded" not in kind:
        return refusal(f"{signed}:{operation_name(signed, method, path, headers, b'', {})}", headers)
    return None


async def _nothing(
    method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
) -> Response:
    del body, query
    return refusal(f"{method} {path}", headers)
