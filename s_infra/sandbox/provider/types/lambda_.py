"""Lambda: functions, who may call them and how, and event source mappings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from s_infra.errors import SInfraError
from s_infra.sandbox.provider.declaration import Call, Read, Resource, Tags
from s_infra.sandbox.provider.told import told_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.provider.cty import State, Value
    from s_infra.sandbox.provider.session import Session

_CODE = ("filename", "source_code_hash", "s3_bucket", "s3_key", "s3_object_version", "architectures")
# A change of any of these is worth a version.
_VERSIONED = (
    *_CODE,
    *("dead_letter_config", "description", "environment", "ephemeral_storage", "handler", "kms_key_arn"),
    *("layers", "logging_config", "memory_size", "publish", "role", "runtime", "timeout", "tracing_config"),
)
_WITH_CODE = {"CreateFunction": "Code", "UpdateFunctionCode": "", "PublishLayerVersion": "Content"}
_TAGS = Tags("ListTags", "TagResource", "UntagResource")


def _code(session: Session, operation: str, state: State) -> Mapping[str, Any]:
    if operation not in _WITH_CODE or not state.get("filename"):
        return {}
    path = session.file(state["filename"])
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SInfraError(f"filename can't be read: {error.strerror}", which=str(path)) from error
    within, zipped = _WITH_CODE[operation], {"ZipFile": content}
    return {within: zipped} if within else zipped


def _function_told(told: State, state: State) -> Mapping[str, Value]:
    # The hash is the configuration's own way to say that the code changed; AWS tells it only if it's missing.
    layers = [json.loads(layer)["Arn"] for layer in told.get("layers") or []]
    version = told.pop("version") if state.get("publish") else "$LATEST"
    versions = {"version": version, "qualified_arn": f"{told['arn']}:{version}"}
    return {**_hash_told(told, state), **versions, "layers": layers}


def _latest_told(versions: Any) -> State:
    return {"version": versions[-1]["Version"]}


def _publish(session: Session, state: State) -> None:
    # AWS makes no new version where nothing has changed since the last.
    if state.get("publish"):
        session.client("lambda").publish_version(FunctionName=state["function_name"])


def _layer_told(told: State, state: State) -> Mapping[str, Value]:
    return {**_hash_told(told, state), "layer_name": told["layer_arn"].rsplit(":", 1)[-1]}


def _hash_told(told: State, state: State) -> Mapping[str, Value]:
    return {"source_code_hash": state.get("source_code_hash") or told.get("code_sha256")}


def _mapping_told(told: State, state: State) -> Mapping[str, Value]:
    # A configuration may give the function's name or its ARN; AWS tells the ARN.
    name, arn = state.get("function_name") or "", told.get("function_arn") or ""
    same = name and (arn == name or arn.endswith(f":function:{name}"))
    return {
        "enabled": told.get("state") not in {"Disabled", "Disabling"},
        "function_name": name if same else arn,
    }


def _statement_told(statement: Mapping[str, Any]) -> State:
    conditions = {
        name.lower(): value
        for operator in statement.get("Condition", {}).values()
        for name, value in operator.items()
    }
    principal = statement["Principal"]
    return {
        "statement_id": statement["Sid"],
        "action": statement["Action"],
        "principal": principal if isinstance(principal, str) else next(iter(principal.values())),
        "source_arn": conditions.get("aws:sourcearn"),
        "source_account": conditions.get("aws:sourceaccount"),
    }


RESOURCES = {
    "aws_lambda_permission": Resource(
        service="lambda",
        id="{statement_id}",
        import_ids=("{function_name}/{statement_id}",),
        create=(Call("AddPermission"),),
        read=(Read("GetPolicy", at="Policy.Statement", match=("statement_id", "Sid"), told=_statement_told),),
        delete=(Call("RemovePermission"),),
        generated="statement_id",
        local=("statement_id_prefix",),
        refused={
            **dict.fromkeys(
                ("function_url_auth_type", "invoked_via_function_url"),
                "The sandbox's functions have no address.",
            ),
            "event_source_token": "The sandbox has no Alexa.",
            "principal_org_id": "The sandbox has no organization.",
        },
    ),
    "aws_lambda_layer_version": Resource(
        service="lambda",
        id="{arn}",
        create=(Call("PublishLayerVersion", returns={"arn": "LayerVersionArn"}),),
        read=(Read("GetLayerVersionByArn", given=("arn",)),),
        delete=(Call("DeleteLayerVersion"),),
        arguments=_code,
        settle=_layer_told,
        names={
            "arn": "LayerVersionArn",
            "version": ("VersionNumber", "Version"),
            "code_sha256": "Content.CodeSha256",
            "source_code_size": "Content.CodeSize",
            "s3_bucket": "Content.S3Bucket",
            "s3_key": "Content.S3Key",
            "s3_object_version": "Content.S3ObjectVersion",
        },
        defaults={"skip_destroy": False},
        local=("filename", "source_code_hash"),
        one_of=(("filename", "s3_bucket"),),
        replace=("filename", "source_code_hash"),
    ),
    "aws_lambda_function_event_invoke_config": Resource(
        service="lambda",
        id="{function_name}",
        create=(Call("PutFunctionEventInvokeConfig"),),
        read=(Read("GetFunctionEventInvokeConfig"),),
        update=(Call("PutFunctionEventInvokeConfig"),),
        delete=(Call("DeleteFunctionEventInvokeConfig"),),
        defaults={"maximum_retry_attempts": 2},
        replace=("function_name", "qualifier"),
    ),
    "aws_lambda_alias": Resource(
        service="lambda",
        id="{arn}",
        import_ids=("{function_name}/{name}",),
        create=(Call("CreateAlias", returns={"arn": "AliasArn"}),),
        read=(Read("GetAlias"),),
        update=(Call("UpdateAlias"),),
        delete=(Call("DeleteAlias"),),
        names={"arn": "AliasArn"},
        derived={
            "invoke_arn": (
                "arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations"
            )
        },
        replace=("function_name", "name"),
    ),
    "aws_lambda_function": Resource(
        service="lambda",
        id="{function_name}",
        create=(
            Call("CreateFunction"),
            Call("PutFunctionConcurrency", when=("reserved_concurrent_executions",)),
        ),
        read=(
            Read("GetFunction", at="Configuration", given=("function_name",)),
            Read("GetFunctionConcurrency"),
            Read("ListVersionsByFunction", at="Versions", told=_latest_told, constant={"MaxItems": 10_000}),
        ),
        update=(
            Call("UpdateFunctionConfiguration"),
            Call("UpdateFunctionCode", when=_CODE),
            Call(
                "PutFunctionConcurrency",
                when=("reserved_concurrent_executions",),
                unset="DeleteFunctionConcurrency",
            ),
        ),
        delete=(Call("DeleteFunction"),),
        arguments=_code,
        settle=_function_told,
        names={
            "arn": ("FunctionArn", "Resource"),
            "publish": "",
            "source_code_size": "CodeSize",
            "s3_bucket": ("Code.S3Bucket", "S3Bucket"),
            "s3_key": ("Code.S3Key", "S3Key"),
            "s3_object_version": ("Code.S3ObjectVersion", "S3ObjectVersion"),
        },
        derived={
            "invoke_arn": (
                "arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations"
            ),
        },
        defaults={
            "memory_size": 128,
            "package_type": "Zip",
            "publish": False,
            "replace_security_groups_on_destroy": False,
            "reserved_concurrent_executions": -1,
            "skip_destroy": False,
            "timeout": 3,
            "use_resource_timeout_for_propagation": False,
        },
        blank={"reserved_concurrent_executions": -1},
        filled=("ephemeral_storage", "logging_config", "tracing_config"),
        local=("filename", "publish", "source_code_hash"),
        one_of=(("filename", "s3_bucket"),),
        replace=("function_name", "package_type"),
        renewed={
            **dict.fromkeys(("code_sha256", "source_code_size", "last_modified"), _CODE),
            **dict.fromkeys(("qualified_arn", "version"), _VERSIONED),
        },
        renewed_if=dict.fromkeys(("qualified_arn", "version"), "publish"),
        afterwards=_publish,
        refused={
            **dict.fromkeys(
                ("image_uri", "image_config"),
                "The sandbox runs functions that come as a zip.",
            ),
            **dict.fromkeys(("vpc_config", "file_system_config"), "The sandbox has no network of its own."),
            **dict.fromkeys(
                ("capacity_provider_config", "code_signing_config_arn", "durable_config"),
                "The sandbox runs a function from its own code and its layers alone.",
            ),
            "publish_to": "The sandbox publishes versions alone.",
            **dict.fromkeys(
                ("snap_start", "source_kms_key_arn", "tenancy_config"), "The sandbox has no such thing."
            ),
        },
        tags=_TAGS,
    ),
    "aws_lambda_event_source_mapping": Resource(
        service="lambda",
        id="{uuid}",
        create=(Call("CreateEventSourceMapping", returns={"uuid": "UUID"}),),
        read=(Read("GetEventSourceMapping"),),
        update=(Call("UpdateEventSourceMapping"),),
        delete=(Call("DeleteEventSourceMapping"),),
        settle=_mapping_told,
        names={"arn": ("EventSourceMappingArn", "Resource")},
        defaults={"enabled": True},
        filled=("batch_size", "maximum_batching_window_in_seconds", "starting_position"),
        replace=("event_source_arn", "starting_position", "starting_position_timestamp"),
        refused=dict.fromkeys(
            (
                "amazon_managed_kafka_event_source_config",
                "document_db_event_source_config",
                "queues",
                "self_managed_event_source",
                "self_managed_kafka_event_source_config",
                "source_access_configuration",
                "topics",
            ),
            "The sandbox has neither Kafka, MQ nor DocumentDB.",
        ),
        tags=_TAGS,
    ),
}

SOURCES = {"aws_lambda_function": told_by("aws_lambda_function", RESOURCES["aws_lambda_function"])}
