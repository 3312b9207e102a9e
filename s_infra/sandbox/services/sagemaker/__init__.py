"""SageMaker: training, tuning, models and batch transform, carried out with the containers' own programs."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.sagemaker import (
    carried,
    endpoint_configs,
    endpoints,
    kept,
    models,
    packages,
    processing,
    runtime,
    tags,
    training,
    transform,
    tuning,
    validation,
)
from s_infra.sandbox.services.sagemaker.errors import SageMakerError
from s_infra.sandbox.services.sagemaker.service import SageMaker

if TYPE_CHECKING:
    from collections.abc import Callable

    from s_infra.sandbox.base import Base, Response

CONTENT_TYPE = "application/x-amz-json-1.1"
BAD_REQUEST = 400

OPERATIONS: dict[str, Callable[[SageMaker, dict[str, Any]], dict[str, Any]]] = {
    "CreateTrainingJob": training.create,
    "DescribeTrainingJob": training.KIND.describe,
    "StopTrainingJob": training.KIND.stop,
    "ListTrainingJobs": training.KIND.list,
    "CreateHyperParameterTuningJob": tuning.create,
    "DescribeHyperParameterTuningJob": tuning.KIND.describe,
    "StopHyperParameterTuningJob": tuning.KIND.stop,
    "ListHyperParameterTuningJobs": tuning.list_jobs,
    "ListTrainingJobsForHyperParameterTuningJob": tuning.list_trials,
    "CreateModel": models.create,
    "DescribeModel": models.describe,
    "DeleteModel": models.delete,
    "ListModels": models.list_models,
    "CreateTransformJob": transform.create,
    "DescribeTransformJob": transform.KIND.describe,
    "StopTransformJob": transform.KIND.stop,
    "ListTransformJobs": transform.KIND.list,
    "CreateEndpointConfig": endpoint_configs.create,
    "DescribeEndpointConfig": endpoint_configs.describe,
    "DeleteEndpointConfig": endpoint_configs.delete,
    "ListEndpointConfigs": endpoint_configs.list_configs,
    "CreateEndpoint": endpoints.create,
    "DescribeEndpoint": endpoints.describe,
    "UpdateEndpoint": endpoints.update,
    "UpdateEndpointWeightsAndCapacities": endpoints.resize,
    "DeleteEndpoint": endpoints.delete,
    "ListEndpoints": endpoints.list_endpoints,
    "CreateProcessingJob": processing.create,
    "DescribeProcessingJob": processing.KIND.describe,
    "StopProcessingJob": processing.KIND.stop,
    "ListProcessingJobs": processing.KIND.list,
    "CreateModelPackageGroup": packages.create_group,
    "DescribeModelPackageGroup": packages.describe_group,
    "DeleteModelPackageGroup": packages.delete_group,
    "ListModelPackageGroups": packages.list_groups,
    "CreateModelPackage": packages.create,
    "DescribeModelPackage": packages.describe,
    "UpdateModelPackage": packages.update,
    "DeleteModelPackage": packages.delete,
    "ListModelPackages": packages.list_packages,
    "AddTags": tags.add,
    "ListTags": tags.list_tags,
    "DeleteTags": tags.delete,
}


def install(base: Base) -> None:
    """Serve SageMaker's operations in this sandbox."""
    service = SageMaker(base)
    base.keep_state("sagemaker", lambda: kept.dump(service), lambda content: kept.restore(service, content))

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Response:
        del query
        # Both services sign as `sagemaker`.
        if path.startswith(runtime.PATH_PREFIX):
            return await runtime.handle(service, method, path, headers, body)
        operation = headers.get("x-amz-target", "").partition(".")[2]
        # In a thread: an operation asks S3 and ECR, which this same server answers.
        return await asyncio.to_thread(_answer, service, operation, body)

    base.add_service(
        "sagemaker",
        handle,
        target_prefixes=["SageMaker"],
        path_patterns=[rf"^{runtime.PATH_PREFIX}[^/]+/(async-)?invocations"],
        host_patterns=[r"(api\.|runtime\.)?sagemaker\."],
        reset=service.forget,
    )
    base.serve_directly("sagemaker", "POST", runtime.PATH_PREFIX)


def _answer(service: SageMaker, operation: str, body: bytes) -> Response:
    try:
        answer = _carry_out(service, operation, body)
    except SageMakerError as error:
        return _response(BAD_REQUEST, {"__type": error.code, "message": error.message})
    return _response(200, answer)


def _carry_out(service: SageMaker, operation: str, body: bytes) -> dict[str, Any]:
    if operation not in OPERATIONS:
        raise SageMakerError(
            "UnknownOperationException", f"s-infra sandbox: sagemaker:{operation} isn't carried out"
        )
    try:
        request = json.loads(body or b"{}")
    except ValueError as error:
        raise SageMakerError("SerializationException", f"The request is no JSON: {error}") from error
    validation.check(operation, request)
    carried.check(operation, request)
    return OPERATIONS[operation](
        service, {name: value for name, value in request.items() if value is not None}
    )


def _response(status: int, content: dict[str, Any]) -> Response:
    headers = {"Content-Type": CONTENT_TYPE}
    if status != 200:
        headers["x-amzn-ErrorType"] = str(content["__type"])
    return status, headers, json.dumps(content).encode()
