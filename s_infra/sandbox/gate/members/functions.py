"""Lambda: its operations, each with the members of its request that the base carries out."""

from __future__ import annotations

MEMBERS = {
    "AddPermission": "FunctionName StatementId Action Principal SourceArn SourceAccount Qualifier RevisionId",
    "CreateAlias": "FunctionName Name FunctionVersion Description RoutingConfig",
    "CreateEventSourceMapping": (
        "EventSourceArn FunctionName Enabled BatchSize FilterCriteria ScalingConfig Tags "
        "FunctionResponseTypes"
    ),
    "CreateFunction": (
        "FunctionName Runtime Role Handler Code Description Timeout MemorySize Publish PackageType SnapStart "
        "DeadLetterConfig Environment TracingConfig Tags Layers Architectures EphemeralStorage LoggingConfig"
    ),
    "DeleteAlias": "FunctionName Name",
    "DeleteEventSourceMapping": "UUID",
    "DeleteFunction": "FunctionName Qualifier",
    "DeleteFunctionConcurrency": "FunctionName",
    "GetAccountSettings": "",
    "GetAlias": "FunctionName Name",
    "GetEventSourceMapping": "UUID",
    "GetFunction": "FunctionName Qualifier",
    "GetFunctionCodeSigningConfig": "FunctionName",
    "GetFunctionConcurrency": "FunctionName",
    "GetFunctionConfiguration": "FunctionName Qualifier",
    "GetPolicy": "FunctionName Qualifier",
    "Invoke": "FunctionName InvocationType LogType Payload Qualifier",
    "ListAliases": "FunctionName FunctionVersion Marker MaxItems",
    "ListEventSourceMappings": "EventSourceArn FunctionName Marker MaxItems",
    "ListFunctions": "FunctionVersion Marker MaxItems",
    "ListTags": "Resource",
    "ListVersionsByFunction": "FunctionName Marker MaxItems",
    "PublishVersion": "FunctionName CodeSha256 Description RevisionId",
    "PutFunctionConcurrency": "FunctionName ReservedConcurrentExecutions",
    "RemovePermission": "FunctionName StatementId Qualifier RevisionId",
    "TagResource": "Resource Tags",
    "UntagResource": "Resource TagKeys",
    "UpdateAlias": "FunctionName Name FunctionVersion Description RoutingConfig RevisionId",
    "UpdateEventSourceMapping": (
        "UUID FunctionName Enabled BatchSize FilterCriteria ScalingConfig FunctionResponseTypes"
    ),
    "UpdateFunctionCode": (
        "FunctionName ZipFile S3Bucket S3Key S3ObjectVersion Architectures Publish DryRun RevisionId"
    ),
    "UpdateFunctionConfiguration": (
        "FunctionName Role Handler Description Timeout MemorySize SnapStart Environment Runtime "
        "DeadLetterConfig TracingConfig RevisionId Layers EphemeralStorage LoggingConfig"
    ),
}
