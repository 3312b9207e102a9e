"""The operations on endpoint configurations."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.sagemaker import listing, models
from s_infra.sandbox.services.sagemaker.errors import SageMakerError, validation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from s_infra.sandbox.services.sagemaker.service import SageMaker

# AWS's default quota of instances of one endpoint; here each is a program of its own.
MAX_INSTANCES = 20


def create(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """CreateEndpointConfig. The models have to be there."""
    name = request["EndpointConfigName"]
    arn = service.arn("endpoint-config", name)
    variants = [{"InitialVariantWeight": 1.0, **one} for one in request["ProductionVariants"]]
    _check(service, variants)
    configuration = {
        **{key: value for key, value in request.items() if key != "Tags"},
        "ProductionVariants": variants,
        "EndpointConfigArn": arn,
        "CreationTime": time.time(),
    }
    if not service.endpoint_configs.add(name, configuration):
        raise validation(f'Cannot create already existing endpoint configuration "{arn}".')
    service.keep_tags(arn, request)
    return {"EndpointConfigArn": arn}


def _check(service: SageMaker, variants: Sequence[Mapping[str, Any]]) -> None:
    for variant in variants:
        missing = [
            field for field in ("ModelName", "InitialInstanceCount", "InstanceType") if field not in variant
        ]
        if missing:
            raise validation(f"{missing[0]} is required for the variant {variant['VariantName']}.")
        models.find(service, variant["ModelName"])
    names = [variant["VariantName"] for variant in variants]
    if len(set(names)) != len(names):
        raise validation("Production variant names must be unique.")
    check_weights(variant["InitialVariantWeight"] for variant in variants)
    check_instances(variant["InitialInstanceCount"] for variant in variants)


def check_weights(weights: Any) -> None:
    """Refuse weights by which no variant would get a request."""
    if not sum(weights) > 0:
        raise validation("The weights of the production variants must not all be 0.")


def check_instances(counts: Any) -> None:
    """Refuse more instances than AWS's quota allows one endpoint."""
    total = sum(counts)
    if total > MAX_INSTANCES:
        raise SageMakerError(
            "ResourceLimitExceeded",
            f"The account-level service limit 'Maximum number of instances per endpoint' is {MAX_INSTANCES} "
            f"Instances, with a request delta of {total} Instances.",
        )


def describe(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeEndpointConfig."""
    return dict(find(service, request["EndpointConfigName"]))


def delete(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """DeleteEndpointConfig. An endpoint that was made from it goes on."""
    configuration = find(service, request["EndpointConfigName"])
    service.endpoint_configs.remove(request["EndpointConfigName"])
    service.tags.pop(configuration["EndpointConfigArn"], None)
    return {}


def list_configs(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """ListEndpointConfigs."""
    found = listing.matching(service.endpoint_configs.all(), request, "EndpointConfig")
    keys = {
        "Name": lambda item: item["EndpointConfigName"],
        "CreationTime": lambda item: item["CreationTime"],
    }
    ordered = listing.ordered(found, request, keys, by="CreationTime", order="Descending")
    fields = ("EndpointConfigName", "EndpointConfigArn", "CreationTime")
    return listing.page([listing.kept(item, *fields) for item in ordered], request, "EndpointConfigs")


def find(service: SageMaker, name: str) -> dict[str, Any]:
    """Return an endpoint configuration.

    Raises:
        SageMakerError: there is none of that name.
    """
    configuration = service.endpoint_configs.get(name)
    if configuration is None:
        raise validation(f'Could not find endpoint configuration "{service.arn("endpoint-config", name)}".')
    return configuration
