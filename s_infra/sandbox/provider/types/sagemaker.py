"""SageMaker: models, groups of their packages, and endpoints."""

from __future__ import annotations

from s_infra.sandbox.provider.declaration import Call, Read, Resource, Tags, Wait

_TAGS = Tags("ListTags", "AddTags", "DeleteTags")

RESOURCES = {
    "aws_sagemaker_model": Resource(
        service="sagemaker",
        id="{name}",
        create=(Call("CreateModel"),),
        read=(Read("DescribeModel"),),
        delete=(Call("DeleteModel"),),
        names={"name": "ModelName", "arn": "ModelArn"},
        defaults={"enable_network_isolation": False, "primary_container.mode": "SingleModel"},
        refused={
            **dict.fromkeys(
                ("container", "inference_execution_config"), "The sandbox's models have one container."
            ),
            "vpc_config": "The sandbox has no network of its own.",
        },
        tags=_TAGS,
    ),
    "aws_sagemaker_model_package_group": Resource(
        service="sagemaker",
        id="{model_package_group_name}",
        create=(Call("CreateModelPackageGroup", returns={"arn": "ModelPackageGroupArn"}),),
        read=(Read("DescribeModelPackageGroup"),),
        delete=(Call("DeleteModelPackageGroup"),),
        names={"arn": "ModelPackageGroupArn"},
        generated="model_package_group_name",
        tags=_TAGS,
    ),
    "aws_sagemaker_endpoint_configuration": Resource(
        service="sagemaker",
        id="{name}",
        create=(Call("CreateEndpointConfig"),),
        read=(Read("DescribeEndpointConfig"),),
        delete=(Call("DeleteEndpointConfig"),),
        names={"name": "EndpointConfigName", "arn": "EndpointConfigArn", "kms_key_arn": "KmsKeyId"},
        local=("name_prefix",),
        refused={
            "async_inference_config": "The sandbox's endpoints answer at once.",
            "data_capture_config": "The sandbox's endpoints keep nothing of what they answer.",
            "execution_role_arn": "A model has its own role.",
            "shadow_production_variants": "The sandbox's endpoints have no shadows.",
        },
        tags=_TAGS,
    ),
    "aws_sagemaker_endpoint": Resource(
        service="sagemaker",
        id="{name}",
        create=(Call("CreateEndpoint"),),
        read=(Read("DescribeEndpoint"),),
        update=(Call("UpdateEndpoint"),),
        delete=(Call("DeleteEndpoint"),),
        wait=Wait("EndpointStatus", ready=("InService",), failed=("Failed",), reason="FailureReason"),
        names={"name": "EndpointName", "arn": "EndpointArn"},
        replace=("name",),
        refused={"deployment_config": "The sandbox's endpoints change all at once."},
        tags=_TAGS,
    ),
}
