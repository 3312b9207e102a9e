"""Lambda: its operations, each with the members of its request that are carried out."""

from __future__ import annotations

# Architectures and KMSKeyArn have no meaning on one machine; they are kept and told.
_CONFIGURATION = (
    "FunctionName Runtime Role Handler Description Timeout MemorySize Environment Layers TracingConfig "
    "DeadLetterConfig EphemeralStorage LoggingConfig KMSKeyArn SnapStart "
)
_MAPPING = (
    "FunctionName Enabled BatchSize MaximumBatchingWindowInSeconds FilterCriteria ScalingConfig "
    "FunctionResponseTypes "
)
_LIST = "Marker MaxItems "

MEMBERS = {
    "AddPermission": "FunctionName StatementId Action Principal SourceArn SourceAccount Qualifier RevisionId",
    "CreateAlias": "FunctionName Name FunctionVersion Description",
    "CreateEventSourceMapping": _MAPPING + "EventSourceArn Tags",
    "CreateFunction": _CONFIGURATION + "Code PackageType Tags Architectures",
    "DeleteAlias": "FunctionName Name",
    "DeleteEventSourceMapping": "UUID",
    "DeleteFunction": "FunctionName Qualifier",
    "DeleteFunctionConcurrency": "FunctionName",
    "DeleteFunctionEventInvokeConfig": "FunctionName Qualifier",
    "DeleteLayerVersion": "LayerName VersionNumber",
    "GetAccountSettings": "",
    "GetAlias": "FunctionName Name",
    "GetEventSourceMapping": "UUID",
    "GetFunction": "FunctionName Qualifier",
    "GetFunctionCodeSigningConfig": "FunctionName",
    "GetFunctionConcurrency": "FunctionName",
    "GetFunctionConfiguration": "FunctionName Qualifier",
    "GetFunctionEventInvokeConfig": "FunctionName Qualifier",
    "GetLayerVersion": "LayerName VersionNumber",
    "GetLayerVersionByArn": "Arn",
    "GetPolicy": "FunctionName Qualifier",
    "Invoke": "FunctionName InvocationType LogType ClientContext Payload Qualifier",
    "ListAliases": _LIST + "FunctionName FunctionVersion",
    "ListEventSourceMappings": _LIST + "EventSourceArn FunctionName",
    "ListFunctionEventInvokeConfigs": _LIST + "FunctionName",
    "ListFunctions": _LIST + "FunctionVersion",
    "ListLayerVersions": _LIST + "LayerName CompatibleRuntime CompatibleArchitecture",
    "ListLayers": _LIST + "CompatibleRuntime CompatibleArchitecture",
    "ListTags": "Resource",
    "ListVersionsByFunction": _LIST + "FunctionName",
    "PublishLayerVersion": (
        "LayerName Content Description CompatibleRuntimes CompatibleArchitectures LicenseInfo"
    ),
    "PublishVersion": "FunctionName Description",
    "PutFunctionConcurrency": "FunctionName ReservedConcurrentExecutions",
    "PutFunctionEventInvokeConfig": (
        "FunctionName Qualifier MaximumRetryAttempts MaximumEventAgeInSeconds DestinationConfig"
    ),
    "RemovePermission": "FunctionName StatementId Qualifier RevisionId",
    "TagResource": "Resource Tags",
    "UntagResource": "Resource TagKeys",
    "UpdateAlias": "FunctionName Name FunctionVersion Description RevisionId",
    "UpdateEventSourceMapping": _MAPPING + "UUID",
    "UpdateFunctionCode": "FunctionName ZipFile S3Bucket S3Key S3ObjectVersion Architectures RevisionId",
    "UpdateFunctionConfiguration": _CONFIGURATION + "RevisionId",
}
