"""SageMaker Runtime: InvokeEndpoint, in the base's event loop, without a thread for a request."""

from __future__ import annotations

import asyncio
import functools
import json
import random
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from s_infra.sandbox.service_models import service_model
from s_infra.sandbox.services.sagemaker.connections import BrokenError, TooLargeError
from s_infra.sandbox.services.sagemaker.instances import LOG_GROUP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.base import Response
    from s_infra.sandbox.services.sagemaker.connections import Connections, Reply
    from s_infra.sandbox.services.sagemaker.endpoint import Endpoint, Variant
    from s_infra.sandbox.services.sagemaker.instances import Instance
    from s_infra.sandbox.services.sagemaker.service import SageMaker

NAMESPACE = "AWS/SageMaker"
PATH_PREFIX = "/endpoints/"
PATH = re.compile(r"/endpoints/(?P<name>[^/]+)/(?P<action>[^/]+)")
OPERATIONS = {
    "invocations": "InvokeEndpoint",
    "async-invocations": "InvokeEndpointAsync",
    "invocations-response-stream": "InvokeEndpointWithResponseStream",
}
CARRIED = frozenset({"InvokeEndpoint"})
# "A customer's model containers must respond to requests within 60 seconds": API reference, InvokeEndpoint.
ANSWER_TIMEOUT_S = 60.0
MESSAGE_CHARACTERS = 2048
QUOTED_CHARACTERS = 1024
CUSTOM_ATTRIBUTES = "x-amzn-sagemaker-custom-attributes"
TARGET_VARIANT = "x-amzn-sagemaker-target-variant"
# What reaches the container of a request's headers, and what comes back of an answer's.
TO_CONTAINER = ("content-type", "accept", CUSTOM_ATTRIBUTES)
FROM_CONTAINER = ("content-type", CUSTOM_ATTRIBUTES)


class RuntimeFault(Exception):  # noqa: N818 - AWS's own errors of this service end so or otherwise
    """An error of InvokeEndpoint: AWS's code; further fields of its answer are in `fields`."""

    def __init__(self, code: str, message: str, **fields: object) -> None:
        super().__init__(message)
        self.code = code
        self.content = {"Message": message[:MESSAGE_CHARACTERS], **fields}


@dataclass(frozen=True)
class _Input:
    """InvokeEndpoint's members as botocore's model has them: names of headers, limits, errors' statuses."""

    headers: Mapping[str, str]
    lengths: Mapping[str, int]
    names: re.Pattern[str]
    body: int
    statuses: Mapping[str, int]


@functools.cache
def _input() -> _Input:
    operation = service_model("sagemaker-runtime").operation_model("InvokeEndpoint")
    members = {
        shape.serialization["name"].lower(): (name, shape)
        for name, shape in operation.input_shape.members.items()
        if shape.serialization.get("location") == "header"
    }
    endpoint, body = (operation.input_shape.members[name] for name in ("EndpointName", "Body"))
    return _Input(
        {header: name for header, (name, _) in members.items()},
        {header: shape.metadata["max"] for header, (_, shape) in members.items()},
        re.compile(endpoint.metadata["pattern"]),
        body.metadata["max"],
        {error.name: error.metadata["error"]["httpStatusCode"] for error in operation.error_shapes},
    )


async def handle(
    service: SageMaker, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> Response:
    """Answer a request to SageMaker Runtime."""
    try:
        found = PATH.fullmatch(path)
        if method != "POST" or found is None or found["action"] not in OPERATIONS:
            raise _refused(f"{method} {path}")
        operation = OPERATIONS[found["action"]]
        if operation not in CARRIED:
            raise _refused(operation)
        name = unquote(found["name"])
        _check(name, headers, body)
        endpoint = service.endpoints.get(name)
        if endpoint is None or not endpoint.variants:
            raise _not_found(service, name)
        variant, reply = await _invoke(service, endpoint, headers, body)
    except RuntimeFault as fault:
        # In small letters, here and below: the base gives a Content-Type of the other protocol's to what is
        # signed for `sagemaker`, and a model's own has to arrive as it is.
        kind = {"content-type": "application/json", "x-amzn-ErrorType": fault.code}
        return _input().statuses.get(fault.code, 400), kind, json.dumps(fault.content).encode()
    kept = {name: reply.headers[name] for name in FROM_CONTAINER if name in reply.headers}
    return 200, {**kept, "x-Amzn-Invoked-Production-Variant": variant.name}, reply.body


def _check(name: str, headers: Mapping[str, str], body: bytes) -> None:
    """Hold a request against the service model, and refuse the members that aren't carried out."""
    model = _input()
    if model.names.fullmatch(name) is None:
        raise _constraint(
            f"Value '{name[:200]}' at 'endpointName'",
            f"Member must satisfy regular expression pattern: {model.names.pattern}",
        )
    for header in model.headers.keys() & headers.keys():
        member = model.headers[header]
        if header != TARGET_VARIANT and header not in TO_CONTAINER:
            raise _refused(f"InvokeEndpoint {member}")
        if len(headers[header]) > model.lengths[header]:
            raise _constraint(
                f"Value at '{member[:1].lower()}{member[1:]}'",
                f"Member must have length less than or equal to {model.lengths[header]}",
            )
    if len(body) > model.body:
        raise _constraint("Value at 'body'", f"Member must have length less than or equal to {model.body}")


def _constraint(where: str, constraint: str) -> RuntimeFault:
    text = f"1 validation error detected: {where} failed to satisfy constraint: {constraint}"
    return RuntimeFault("ValidationError", text)


def _refused(what: str) -> RuntimeFault:
    return RuntimeFault("ValidationError", f"s-infra sandbox: sagemaker-runtime:{what} isn't carried out")


def _not_found(service: SageMaker, name: str) -> RuntimeFault:
    return RuntimeFault("ValidationError", f"Endpoint {name} of account {service.base.account_id} not found.")


def chosen(variants: tuple[Variant, ...], target: str | None) -> Variant | None:
    """Return the named variant, else one by the variants' weights; None when there is none of that name."""
    if target is not None:
        return next((one for one in variants if one.name == target), None)
    if len(variants) == 1:
        return variants[0]
    return random.choices(variants, [one.weight for one in variants])[0]  # noqa: S311 - traffic, not a secret


def _take(
    service: SageMaker, endpoint: Endpoint, target: str | None
) -> tuple[Variant, Instance, Connections]:
    while True:
        variants = endpoint.variants
        if not variants:
            raise _not_found(service, endpoint.name)
        variant = chosen(variants, target)
        if variant is None:
            raise RuntimeFault("ValidationError", f"Variant {target} not found for Request")
        if (taken := variant.take()) is not None:
            return variant, *taken
        if endpoint.variants is variants:
            # Each of its containers has died and is being started again.
            raise RuntimeFault(
                "ServiceUnavailable",
                "A transient exception occurred while retrieving variant instances. Please try again later.",
            )


async def _invoke(
    service: SageMaker, endpoint: Endpoint, headers: Mapping[str, str], body: bytes
) -> tuple[Variant, Reply]:
    variant, instance, connections = _take(service, endpoint, headers.get(TARGET_VARIANT))
    counted = {"EndpointName": endpoint.name, "VariantName": variant.name}
    began = time.monotonic()
    try:
        reply = await _asked(service, endpoint, instance, connections, headers, body)
    except RuntimeFault as fault:
        # What isn't the model's client error is the model's server error: "Invocation5XXErrors".
        status = fault.content["OriginalStatusCode"]
        service.base.put_metrics(NAMESPACE, _metrics(status, began), counted)
        raise
    service.base.put_metrics(NAMESPACE, _metrics(reply.status, began), counted)
    return variant, reply


def _metrics(status: object, began: float) -> dict[str, float]:
    """Return an invocation's metrics, as "Monitoring SageMaker AI with CloudWatch" has them for endpoints."""
    client = isinstance(status, int) and 400 <= status < 500
    good = isinstance(status, int) and 200 <= status < 300
    return {
        "Invocations": 1.0,
        "Invocation4XXErrors": float(client),
        "Invocation5XXErrors": float(not client and not good),
        "InvocationModelErrors": float(not good),
        "ModelLatency": (time.monotonic() - began) * 1e6,
    }


async def _asked(
    service: SageMaker,
    endpoint: Endpoint,
    instance: Instance,
    connections: Connections,
    headers: Mapping[str, str],
    body: bytes,
) -> Reply:
    sent = {name: headers[name] for name in TO_CONTAINER if name in headers}
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            reply = await connections.post("/invocations", body, sent, _input().body)
    except TimeoutError as error:
        told = (
            "Your invocation timed out while waiting for a response from container primary. Review the "
            "latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again."
        )
        raise _model_error(service, endpoint, 0, told) from error
    except (OSError, BrokenError, TooLargeError) as error:
        raise _model_error(service, endpoint, 500, None) from error
    finally:
        instance.give_back()
    if not 200 <= reply.status < 300:
        told = reply.body[:QUOTED_CHARACTERS].decode("utf-8", errors="replace")
        raise _model_error(service, endpoint, reply.status, told)
    return reply


def _model_error(service: SageMaker, endpoint: Endpoint, status: int, told: str | None) -> RuntimeFault:
    """Return the error for an answer that isn't one; `told` None: it didn't come whole."""
    base = service.base
    group = f"{LOG_GROUP}/{endpoint.name}"
    kind = "client" if 400 <= status < 500 else "server"
    said = "and could not load the entire response body" if told is None else f'with message "{told}"'
    logs = f"https://{base.region}.console.aws.amazon.com/cloudwatch/home?region={base.region}"
    fields: dict[str, Any] = {
        "OriginalStatusCode": status,
        "OriginalMessage": told or "",
        "LogStreamArn": f"arn:aws:logs:{base.region}:{base.account_id}:log-group:{group}",
    }
    return RuntimeFault(
        "ModelError",
        f"Received {kind} error ({status}) from primary {said}. See {logs}#logEventViewer:group={group} in "
        f"account {base.account_id} for more information.",
        **fields,
    )
