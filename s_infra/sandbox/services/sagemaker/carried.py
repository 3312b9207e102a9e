"""What of each operation the sandbox carries out: the fields, and for some of them the only values.

A field that isn't here is refused by name. Fields that have no meaning on one machine (instance types, keys
of volumes, encryption between one container) are kept and given back by Describe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s_infra.sandbox.carried import Fields, not_carried
from s_infra.sandbox.carried import fields as _fields
from s_infra.sandbox.services.sagemaker.errors import not_carried_out

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = _fields("NextToken MaxResults SortBy SortOrder NameContains")
TIMES = _fields(
    "CreationTimeAfter CreationTimeBefore LastModifiedTimeAfter LastModifiedTimeBefore StatusEquals"
)

# What a training job and the trials of a tuning job have in common.
TRAINING = _fields(
    "AlgorithmSpecification.TrainingImage AlgorithmSpecification.MetricDefinitions RoleArn Environment "
    "InputDataConfig.ChannelName InputDataConfig.ContentType InputDataConfig.DataSource.S3DataSource.S3Uri "
    "OutputDataConfig.S3OutputPath OutputDataConfig.KmsKeyId "
    "ResourceConfig.InstanceType ResourceConfig.VolumeSizeInGB ResourceConfig.VolumeKmsKeyId "
    "StoppingCondition.MaxRuntimeInSeconds EnableNetworkIsolation EnableInterContainerTrafficEncryption "
    "RetryStrategy",
    AlgorithmSpecification__TrainingInputMode=("File",),
    InputDataConfig__InputMode=("File",),
    InputDataConfig__CompressionType=("None",),
    InputDataConfig__RecordWrapperType=("None",),
    InputDataConfig__DataSource__S3DataSource__S3DataType=("S3Prefix", "ManifestFile"),
    # One instance gets all objects either way.
    InputDataConfig__DataSource__S3DataSource__S3DataDistributionType=("FullyReplicated", "ShardedByS3Key"),
    OutputDataConfig__CompressionType=("GZIP",),
    ResourceConfig__InstanceCount=(1,),
    EnableManagedSpotTraining=(False,),
)
TUNING = "HyperParameterTuningJobConfig"

CARRIED: Mapping[str, Fields] = {
    "CreateTrainingJob": TRAINING
    | _fields(
        "TrainingJobName HyperParameters Tags "
        "AlgorithmSpecification.ContainerEntrypoint AlgorithmSpecification.ContainerArguments"
    ),
    "DescribeTrainingJob": _fields("TrainingJobName"),
    "StopTrainingJob": _fields("TrainingJobName"),
    "ListTrainingJobs": NAMES | TIMES,
    "CreateHyperParameterTuningJob": TRAINING.under("TrainingJobDefinition")
    | _fields(
        "HyperParameterTuningJobName Tags TrainingJobDefinition.StaticHyperParameters "
        "HyperParameterTuningJobConfig.HyperParameterTuningJobObjective "
        "HyperParameterTuningJobConfig.ResourceLimits.MaxNumberOfTrainingJobs "
        "HyperParameterTuningJobConfig.ResourceLimits.MaxParallelTrainingJobs "
        "HyperParameterTuningJobConfig.ParameterRanges.ContinuousParameterRanges "
        "HyperParameterTuningJobConfig.ParameterRanges.IntegerParameterRanges "
        "HyperParameterTuningJobConfig.ParameterRanges.CategoricalParameterRanges "
        "HyperParameterTuningJobConfig.RandomSeed",
        HyperParameterTuningJobConfig__Strategy=("Bayesian", "Random", "Grid"),
        HyperParameterTuningJobConfig__TrainingJobEarlyStoppingType=("Off",),
    ),
    "DescribeHyperParameterTuningJob": _fields("HyperParameterTuningJobName"),
    "StopHyperParameterTuningJob": _fields("HyperParameterTuningJobName"),
    "ListHyperParameterTuningJobs": NAMES | TIMES,
    "ListTrainingJobsForHyperParameterTuningJob": _fields(
        "HyperParameterTuningJobName NextToken MaxResults StatusEquals SortBy SortOrder"
    ),
    "CreateModel": _fields(
        "ModelName ExecutionRoleArn Tags EnableNetworkIsolation "
        "PrimaryContainer.Image PrimaryContainer.ModelDataUrl PrimaryContainer.Environment "
        "PrimaryContainer.ModelPackageName",
        PrimaryContainer__Mode=("SingleModel",),
    ),
    "DescribeModel": _fields("ModelName"),
    "DeleteModel": _fields("ModelName"),
    "ListModels": NAMES | _fields("CreationTimeAfter CreationTimeBefore"),
    "CreateTransformJob": _fields(
        "TransformJobName ModelName MaxConcurrentTransforms MaxPayloadInMB BatchStrategy Environment Tags "
        "ModelClientConfig TransformInput.DataSource.S3DataSource.S3Uri TransformInput.ContentType "
        "TransformOutput.S3OutputPath TransformOutput.Accept TransformOutput.AssembleWith "
        "TransformOutput.KmsKeyId TransformResources.InstanceType TransformResources.VolumeKmsKeyId "
        "TransformInput.CompressionType DataProcessing",
        TransformInput__DataSource__S3DataSource__S3DataType=("S3Prefix",),
        TransformInput__SplitType=("None", "Line"),
        TransformResources__InstanceCount=(1,),
    ),
    "DescribeTransformJob": _fields("TransformJobName"),
    "StopTransformJob": _fields("TransformJobName"),
    "ListTransformJobs": NAMES | TIMES,
    "CreateEndpointConfig": _fields(
        "EndpointConfigName KmsKeyId Tags ProductionVariants.VariantName ProductionVariants.ModelName "
        "ProductionVariants.InitialInstanceCount ProductionVariants.InstanceType "
        "ProductionVariants.InitialVariantWeight ProductionVariants.VolumeSizeInGB "
        "ProductionVariants.ContainerStartupHealthCheckTimeoutInSeconds",
        ProductionVariants__EnableSSMAccess=(False,),
        ProductionVariants__RoutingConfig__RoutingStrategy=("RANDOM", "LEAST_OUTSTANDING_REQUESTS"),
    ),
    "DescribeEndpointConfig": _fields("EndpointConfigName"),
    "DeleteEndpointConfig": _fields("EndpointConfigName"),
    "ListEndpointConfigs": NAMES | _fields("CreationTimeAfter CreationTimeBefore"),
    "CreateEndpoint": _fields("EndpointName EndpointConfigName Tags"),
    "DescribeEndpoint": _fields("EndpointName"),
    "UpdateEndpoint": _fields(
        "EndpointName EndpointConfigName",
        RetainAllVariantProperties=(False,),
        RetainDeploymentConfig=(False,),
    ),
    "UpdateEndpointWeightsAndCapacities": _fields(
        "EndpointName DesiredWeightsAndCapacities.VariantName DesiredWeightsAndCapacities.DesiredWeight "
        "DesiredWeightsAndCapacities.DesiredInstanceCount"
    ),
    "DeleteEndpoint": _fields("EndpointName"),
    "ListEndpoints": NAMES | TIMES,
    "CreateProcessingJob": _fields(
        "ProcessingJobName AppSpecification Environment RoleArn StoppingCondition Tags "
        "ProcessingInputs.InputName ProcessingInputs.S3Input.S3Uri ProcessingInputs.S3Input.LocalPath "
        "ProcessingInputs.S3Input.S3DataType ProcessingOutputConfig.KmsKeyId "
        "ProcessingOutputConfig.Outputs.OutputName ProcessingOutputConfig.Outputs.S3Output.S3Uri "
        "ProcessingOutputConfig.Outputs.S3Output.LocalPath "
        "ProcessingResources.ClusterConfig.InstanceType ProcessingResources.ClusterConfig.VolumeSizeInGB "
        "ProcessingResources.ClusterConfig.VolumeKmsKeyId NetworkConfig.EnableNetworkIsolation "
        "NetworkConfig.EnableInterContainerTrafficEncryption",
        ProcessingInputs__AppManaged=(False,),
        ProcessingInputs__S3Input__S3InputMode=("File",),
        # One instance gets all objects either way.
        ProcessingInputs__S3Input__S3DataDistributionType=("FullyReplicated", "ShardedByS3Key"),
        ProcessingInputs__S3Input__S3CompressionType=("None",),
        ProcessingOutputConfig__Outputs__AppManaged=(False,),
        ProcessingOutputConfig__Outputs__S3Output__S3UploadMode=("EndOfJob",),
        ProcessingResources__ClusterConfig__InstanceCount=(1,),
    ),
    "DescribeProcessingJob": _fields("ProcessingJobName"),
    "StopProcessingJob": _fields("ProcessingJobName"),
    "ListProcessingJobs": NAMES | TIMES,
    "CreateModelPackageGroup": _fields("ModelPackageGroupName ModelPackageGroupDescription Tags"),
    "DescribeModelPackageGroup": _fields("ModelPackageGroupName"),
    "DeleteModelPackageGroup": _fields("ModelPackageGroupName"),
    "ListModelPackageGroups": NAMES | _fields("CreationTimeAfter CreationTimeBefore"),
    "CreateModelPackage": _fields(
        "ModelPackageName ModelPackageGroupName ModelPackageDescription ModelApprovalStatus "
        "MetadataProperties ModelMetrics DriftCheckBaselines CustomerMetadataProperties Domain Task "
        "SamplePayloadUrl Tags ClientToken InferenceSpecification.Containers.Image "
        "InferenceSpecification.Containers.ModelDataUrl "
        "InferenceSpecification.Containers.Environment InferenceSpecification.Containers.ContainerHostname "
        "InferenceSpecification.Containers.Framework InferenceSpecification.Containers.FrameworkVersion "
        "InferenceSpecification.SupportedTransformInstanceTypes "
        "InferenceSpecification.SupportedRealtimeInferenceInstanceTypes "
        "InferenceSpecification.SupportedContentTypes InferenceSpecification.SupportedResponseMIMETypes",
        CertifyForMarketplace=(False,),
        ModelPackageRegistrationType=("Registered",),
    ),
    "DescribeModelPackage": _fields("ModelPackageName"),
    "UpdateModelPackage": _fields(
        "ModelPackageArn ModelApprovalStatus ApprovalDescription CustomerMetadataProperties "
        "CustomerMetadataPropertiesToRemove ClientToken"
    ),
    "DeleteModelPackage": _fields("ModelPackageName"),
    "ListModelPackages": NAMES
    | _fields(
        "CreationTimeAfter CreationTimeBefore ModelApprovalStatus ModelPackageGroupName ModelPackageType"
    ),
    "AddTags": _fields("ResourceArn Tags"),
    "ListTags": _fields("ResourceArn NextToken MaxResults"),
    "DeleteTags": _fields("ResourceArn TagKeys"),
}


def check(operation: str, request: Mapping[str, Any]) -> None:
    """Raise the refusal of the first field that the operation doesn't carry out."""
    found = not_carried(CARRIED[operation], request)
    if found is not None:
        raise not_carried_out(operation, found)
