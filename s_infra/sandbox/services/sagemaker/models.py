"""The operations on models."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from s_infra.runner.image import ImageError
from s_infra.sandbox.services.sagemaker import listing, objects, packages
from s_infra.sandbox.services.sagemaker.errors import validation

if TYPE_CHECKING:
    from s_infra.sandbox.services.sagemaker.service import SageMaker


def create(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """CreateModel. The image and the model's data have to be there."""
    container = _container(service, request.get("PrimaryContainer") or {})
    if not request.get("ExecutionRoleArn"):
        raise validation("You must specify ExecutionRoleArn.")
    name = request["ModelName"]
    arn = service.arn("model", name)
    if service.models.get(name) is not None:
        raise _exists(arn)
    try:
        service.images.digest(container["Image"])
    except ImageError as error:
        raise validation(f"Requested image {container['Image']} not found. {error.what}") from error
    data = container.get("ModelDataUrl")
    if data is not None and not objects.exists(service, data):
        raise validation(
            f"Could not find model data at {data}. Please make sure that the role "
            f'"{request["ExecutionRoleArn"]}" exists and that its policies allow the action "s3:GetObject".'
        )
    model = {
        "EnableNetworkIsolation": False,
        **{key: value for key, value in request.items() if key != "Tags"},
        "PrimaryContainer": {"Mode": "SingleModel", "Environment": {}, **container},
        "ModelArn": arn,
        "CreationTime": time.time(),
    }
    if not service.models.add(name, model):
        raise _exists(arn)
    service.keep_tags(arn, request)
    return {"ModelArn": arn}


def _container(service: SageMaker, given: dict[str, Any]) -> dict[str, Any]:
    """Return the container with what it takes from a model package, if it names one."""
    package = given.get("ModelPackageName")
    if bool(given.get("Image")) == bool(package):
        raise validation("You must specify PrimaryContainer with either an Image or a ModelPackageName.")
    if not package:
        return given
    if given.get("ModelDataUrl"):
        raise validation("ModelDataUrl can't be given with a ModelPackageName.")
    found = packages.container(service, package)
    return {**found, **given, "Environment": {**found.get("Environment", {}), **given.get("Environment", {})}}


def describe(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeModel."""
    return dict(find(service, request["ModelName"]))


def delete(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """DeleteModel."""
    model = find(service, request["ModelName"])
    service.models.remove(request["ModelName"])
    service.tags.pop(model["ModelArn"], None)
    return {}


def list_models(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """ListModels."""
    found = listing.matching(service.models.all(), request, "Model")
    keys = {"Name": lambda item: item["ModelName"], "CreationTime": lambda item: item["CreationTime"]}
    ordered = listing.ordered(found, request, keys, by="CreationTime", order="Descending")
    summaries = [listing.kept(item, "ModelName", "ModelArn", "CreationTime") for item in ordered]
    return listing.page(summaries, request, "Models")


def find(service: SageMaker, name: str) -> dict[str, Any]:
    """Return a model's description.

    Raises:
        SageMakerError: there is none of that name.
    """
    model = service.models.get(name)
    if model is None:
        raise validation(f'Could not find model "{service.arn("model", name)}".')
    return model


def _exists(arn: str) -> Exception:
    return validation(f'Cannot create already existing model "{arn}".')
