"""What a training machine made in SageMaker and Terraform does not know: models, and what serves them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from s_infra.aws import explained

if TYPE_CHECKING:
    from collections.abc import Iterator

# The training machine marks what it makes with the pipeline's name.
PIPELINE_TAG = "s-infra:pipeline"


@dataclass(frozen=True)
class Resource:
    """One kind of thing in SageMaker: the calls that list and delete it, and its fields there."""

    noun: str
    listing: str
    key: str
    name: str

    @property
    def arn(self) -> str:
        """The field of its ARN."""
        return self.name.removesuffix("Name") + "Arn"

    def names(self, pipeline: str, sagemaker: Any) -> Iterator[str]:
        """Yield the names of those that the pipeline made."""
        with explained(f"the {self.noun}s of {pipeline}"):
            for page in sagemaker.get_paginator(self.listing).paginate():
                for found in page[self.key]:
                    pages = sagemaker.get_paginator("list_tags").paginate(ResourceArn=found[self.arn])
                    tags = {tag["Key"]: tag["Value"] for one in pages for tag in one["Tags"]}
                    if tags.get(PIPELINE_TAG) == pipeline:
                        yield found[self.name]


MODEL = Resource("model", "list_models", "Models", "ModelName")
CONFIG = Resource("endpoint configuration", "list_endpoint_configs", "EndpointConfigs", "EndpointConfigName")
ENDPOINT = Resource("endpoint", "list_endpoints", "Endpoints", "EndpointName")


def registered(pipeline: str, sagemaker: Any) -> Iterator[str]:
    """Yield the names of the models that the pipeline registered."""
    return MODEL.names(pipeline, sagemaker)


def delete(pipeline: str, sagemaker: Any) -> dict[str, list[str]]:
    """Delete what the pipeline made, by its kind: endpoints, then what they stand on; artifacts are kept."""
    deleted: dict[str, list[str]] = {}
    for resource, call in (
        (ENDPOINT, sagemaker.delete_endpoint),
        (CONFIG, sagemaker.delete_endpoint_config),
        (MODEL, sagemaker.delete_model),
    ):
        deleted[resource.noun] = list(resource.names(pipeline, sagemaker))
        for name in deleted[resource.noun]:
            with explained(name):
                call(**{resource.name: name})
                if resource is ENDPOINT:
                    gone = sagemaker.get_waiter("endpoint_deleted")
                    gone.wait(EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 900})
    return deleted
