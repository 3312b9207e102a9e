"""KMS: keys and their aliases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s_infra.sandbox.provider.declaration import Call, Read, Resource, Tags
from s_infra.sandbox.provider.told import told_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.provider.cty import State, Value


def _alias_told(told: State, state: State) -> Mapping[str, Value]:
    # A configuration may give the key's id or its ARN; AWS tells the id.
    given, key = state.get("target_key_id") or "", told["target_key_id"]
    return {"target_key_id": given if given.endswith(f"key/{key}") else key}


RESOURCES = {
    "aws_kms_key": Resource(
        service="kms",
        id="{key_id}",
        create=(
            Call("CreateKey", returns={"key_id": "KeyMetadata.KeyId", "arn": "KeyMetadata.Arn"}),
            Call("EnableKeyRotation", when=("enable_key_rotation",)),
            Call("DisableKey", when=("is_enabled",)),
        ),
        read=(
            Read(
                "DescribeKey",
                at="KeyMetadata",
                given=("key_id",),
                gone={"KeyState": ("PendingDeletion", "PendingReplicaDeletion")},
            ),
            Read("GetKeyPolicy", given=("key_id",)),
            Read("GetKeyRotationStatus", given=("key_id",)),
        ),
        update=(
            Call("UpdateKeyDescription", when=("description",)),
            Call("PutKeyPolicy", when=("policy",)),
            Call(
                "EnableKeyRotation",
                when=("enable_key_rotation",),
                unset="DisableKeyRotation",
            ),
            Call("DisableKey", when=("is_enabled",), unset="EnableKey"),
        ),
        delete=(Call("ScheduleKeyDeletion"),),
        names={
            "enable_key_rotation": "KeyRotationEnabled",
            "is_enabled": "Enabled",
            "deletion_window_in_days": "PendingWindowInDays",
        },
        defaults={
            "bypass_policy_lockout_safety_check": False,
            "customer_master_key_spec": "SYMMETRIC_DEFAULT",
            "enable_key_rotation": False,
            "is_enabled": True,
            "key_usage": "ENCRYPT_DECRYPT",
        },
        blank={"enable_key_rotation": False, "is_enabled": True},
        local=("bypass_policy_lockout_safety_check", "enable_key_rotation", "is_enabled"),
        json=("policy",),
        replace=("customer_master_key_spec", "key_usage"),
        refused={
            **dict.fromkeys(
                ("custom_key_store_id", "xks_key_id"), "The sandbox has no key stores but its own."
            ),
            "rotation_period_in_days": "The sandbox's keys have the period that AWS gives them: a year.",
            "multi_region": "The sandbox's keys stay in their Region.",
        },
        tags=Tags("ListResourceTags", "TagResource", "UntagResource"),
    ),
    "aws_kms_alias": Resource(
        service="kms",
        id="{name}",
        create=(Call("CreateAlias"),),
        read=(Read("ListAliases", at="Aliases", match=("name", "AliasName")),),
        update=(Call("UpdateAlias"),),
        delete=(Call("DeleteAlias"),),
        settle=_alias_told,
        names={"name": "AliasName", "arn": "AliasArn"},
        derived={"target_key_arn": "arn:{partition}:kms:{region}:{account}:key/{target_key_id}"},
        local=("name_prefix",),
        replace=("name", "name_prefix"),
    ),
}

SOURCES = {
    "aws_kms_alias": told_by("aws_kms_alias", RESOURCES["aws_kms_alias"]),
    "aws_kms_key": told_by(
        "aws_kms_key",
        Resource(
            service="kms",
            id="{key_id}",
            create=(),
            read=(Read("DescribeKey", at="KeyMetadata", given=("key_id",)),),
            delete=(),
            names={"aws_account_id": "AWSAccountId"},
        ),
    ),
}
