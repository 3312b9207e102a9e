"""The SageMaker models that a pipeline's training machine registered, which Terraform doesn't know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s_infra.aws import explained

if TYPE_CHECKING:
    from collections.abc import Iterator

# The training machine marks what it registers with the pipeline's name.
PIPELINE_TAG = "s-infra:pipeline"


def registered(pipeline: str, sagemaker: Any) -> Iterator[str]:
    """Yield the names of the models that the pipeline registered."""
    with explained(f"the models of {pipeline}"):
        for page in sagemaker.get_paginator("list_models").paginate():
            for model in page["Models"]:
                pages = sagemaker.get_paginator("list_tags").paginate(ResourceArn=model["ModelArn"])
                tags = {tag["Key"]: tag["Value"] for one in pages for tag in one["Tags"]}
                if tags.get(PIPELINE_TAG) == pipeline:
                    yield model["ModelName"]


def delete(pipeline: str, sagemaker: Any) -> list[str]:
    """Delete the models that the pipeline registered, and return their names; artifacts are kept."""
    names = list(registered(pipeline, sagemaker))
    for name in names:
        with explained(name):
            sagemaker.delete_model(ModelName=name)
    return names
