"""The operations on endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.sagemaker import endpoint_configs, endpoint_run, listing, models
from s_infra.sandbox.services.sagemaker.endpoint import BUSY, Endpoint
from s_infra.sandbox.services.sagemaker.errors import validation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.services.sagemaker.service import SageMaker

KIND = "Endpoint"
IN_SERVICE = frozenset({"InService"})


def create(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """CreateEndpoint."""
    name = request["EndpointName"]
    arn = service.arn("endpoint", name)
    if service.endpoints.get(name) is not None:
        raise _exists(arn)
    configuration = endpoint_configs.find(service, request["EndpointConfigName"])
    found = _models(service, configuration)

    def tell(description: dict[str, Any]) -> None:
        service.notices.endpoint(description, dict(service.tags.get(arn, {})))

    endpoint = Endpoint(name, arn, configuration["EndpointConfigName"], tell)
    if not service.endpoints.add(name, endpoint):
        raise _exists(arn)
    service.keep_tags(arn, request)
    tell(endpoint.describe())
    endpoint_run.create(service, endpoint, configuration, found)
    return {"EndpointArn": arn}


def describe(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeEndpoint."""
    return _found(service, request).describe()


def update(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """UpdateEndpoint."""
    endpoint = _found(service, request)
    configuration = endpoint_configs.find(service, request["EndpointConfigName"])
    found = _models(service, configuration)
    _begin(endpoint, "Updating", IN_SERVICE)
    endpoint_run.update(service, endpoint, configuration, found)
    return {"EndpointArn": endpoint.arn}


def resize(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """UpdateEndpointWeightsAndCapacities."""
    endpoint = _found(service, request)
    _begin(endpoint, "Updating", IN_SERVICE)
    try:
        desired = _desired(endpoint, request)
    except Exception:
        endpoint.update(EndpointStatus="InService")
        raise
    endpoint_run.resize(service, endpoint, desired)
    return {"EndpointArn": endpoint.arn}


def _desired(endpoint: Endpoint, request: Mapping[str, Any]) -> dict[str, tuple[float, int]]:
    """Return the weight and number of instances that each variant is to have."""
    desired = {one.name: (one.weight, len(one.instances)) for one in endpoint.variants}
    for wanted in request["DesiredWeightsAndCapacities"]:
        name = wanted["VariantName"]
        if name not in desired:
            raise validation(f'The variant "{name}" does not exist in the endpoint "{endpoint.arn}".')
        weight, count = desired[name]
        desired[name] = (wanted.get("DesiredWeight", weight), wanted.get("DesiredInstanceCount", count))
        if desired[name][1] < 1:
            raise validation(f"DesiredInstanceCount of the variant {name} must be at least 1.")
    endpoint_configs.check_weights(weight for weight, _ in desired.values())
    endpoint_configs.check_instances(count for _, count in desired.values())
    return desired


def delete(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """DeleteEndpoint. Requests under way are finished; new ones find nothing."""
    endpoint = _found(service, request)
    _begin(endpoint, "Deleting", frozenset({"InService", "Failed"}))
    endpoint_run.delete(service, endpoint)
    return {}


def list_endpoints(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """ListEndpoints."""
    found = listing.matching([one.describe() for one in service.endpoints.all()], request, KIND)
    keys = {
        "Name": lambda item: item["EndpointName"],
        "CreationTime": lambda item: item["CreationTime"],
        "Status": lambda item: item["EndpointStatus"],
    }
    ordered = listing.ordered(found, request, keys, by="CreationTime", order="Descending")
    fields = ("EndpointName", "EndpointArn", "CreationTime", "LastModifiedTime", "EndpointStatus")
    return listing.page([listing.kept(item, *fields) for item in ordered], request, "Endpoints")


def _models(service: SageMaker, configuration: Mapping[str, Any]) -> endpoint_run.Models:
    """Return the configuration's models as they are now: deleting one later doesn't touch the endpoint."""
    names = [variant["ModelName"] for variant in configuration["ProductionVariants"]]
    return {name: models.find(service, name) for name in names}


def _begin(endpoint: Endpoint, status: str, allowed: frozenset[str]) -> None:
    forbidding = endpoint.begin(status, allowed)
    if forbidding in BUSY:
        raise validation(f'Cannot update in-progress endpoint "{endpoint.arn}".')
    if forbidding is not None:
        raise validation(f'Cannot update endpoint "{endpoint.arn}" in status {forbidding}.')


def _found(service: SageMaker, request: Mapping[str, Any]) -> Endpoint:
    endpoint = service.endpoints.get(request["EndpointName"])
    if endpoint is None:
        raise validation(f'Could not find endpoint "{service.arn("endpoint", request["EndpointName"])}".')
    return endpoint


def _exists(arn: str) -> Exception:
    return validation(f'Cannot create already existing endpoint "{arn}".')
