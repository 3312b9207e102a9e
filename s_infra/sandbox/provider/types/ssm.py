"""Systems Manager: parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s_infra.sandbox.provider.declaration import Call, Read, Resource, Tags
from s_infra.sandbox.provider.told import told_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.provider.cty import State, Value
    from s_infra.sandbox.provider.session import Session


def _named(session: Session, operation: str, state: State) -> Mapping[str, Any]:
    del session
    if operation != "DescribeParameters":
        return {}
    return {"ParameterFilters": [{"Key": "Name", "Values": [state["name"]]}]}


def _parameter_told(told: State, state: State) -> Mapping[str, Value]:
    # One value, told under the name that the configuration gave it; never one that no state may hold.
    secret = state.get("value_wo_version") is not None
    plain = state.get("insecure_value") is not None and told["type"] != "SecureString"
    value = None if secret else told["value"]
    return {
        "has_value_wo": secret,
        "insecure_value": value if plain else None,
        "value": None if plain else value,
    }


def _source_told(told: State, state: State) -> Mapping[str, Value]:
    del state
    return {"insecure_value": None if told["type"] == "SecureString" else told["value"]}


RESOURCES = {
    "aws_ssm_parameter": Resource(
        service="ssm",
        id="{name}",
        create=(Call("PutParameter"),),
        read=(
            Read("GetParameter", at="Parameter", given=("name",), constant={"WithDecryption": True}),
            Read("DescribeParameters", at="Parameters.0", given=("id",)),
        ),
        update=(Call("PutParameter", constant={"Overwrite": True, "Tags": []}),),
        delete=(Call("DeleteParameter"),),
        arguments=_named,
        settle=_parameter_told,
        names={
            "arn": "ARN",
            "name": ("Name", "ResourceId"),
            "insecure_value": "Value",
            "value_wo": "Value",
        },
        defaults={"data_type": "text", "tier": "Standard"},
        filled=("key_id",),
        local=("value_wo_version",),
        one_of=(("value", "insecure_value", "value_wo"),),
        replace=("name", "type"),
        renewed={"version": ("description", "insecure_value", "value", "value_wo_version")},
        refused={
            "allowed_pattern": "The sandbox's parameters take any value.",
            "overwrite": "It's deprecated in the real provider; import the parameter.",
        },
        sensitive=("value", "value_wo"),
        write_only=("value_wo",),
        tags=Tags(
            "ListTagsForResource",
            "AddTagsToResource",
            "RemoveTagsFromResource",
            constant={"ResourceType": "Parameter"},
        ),
    ),
}

SOURCES = {
    "aws_ssm_parameter": told_by(
        "aws_ssm_parameter",
        Resource(
            service="ssm",
            id="{name}",
            create=(),
            read=(Read("GetParameter", at="Parameter"),),
            delete=(),
            names={"arn": "ARN"},
            settle=_source_told,
            defaults={"with_decryption": True},
        ),
        sensitive=("value",),
    )
}
