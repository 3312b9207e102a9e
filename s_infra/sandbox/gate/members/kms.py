"""KMS: its operations, each with the members of its request that the base carries out.

Of a key what Terraform sets and tells: nothing here is encrypted with one.
"""

from __future__ import annotations

MEMBERS = {
    "CancelKeyDeletion": "KeyId",
    "CreateAlias": "AliasName TargetKeyId",
    "CreateKey": (
        "Policy Description KeyUsage CustomerMasterKeySpec KeySpec Origin BypassPolicyLockoutSafetyCheck Tags"
    ),
    "DeleteAlias": "AliasName",
    "DescribeKey": "KeyId",
    "DisableKey": "KeyId",
    "DisableKeyRotation": "KeyId",
    "EnableKey": "KeyId",
    "EnableKeyRotation": "KeyId",
    "GetKeyPolicy": "KeyId PolicyName",
    "GetKeyRotationStatus": "KeyId",
    "ListAliases": "KeyId",
    "ListKeys": "",
    "ListResourceTags": "KeyId",
    "PutKeyPolicy": "KeyId PolicyName Policy BypassPolicyLockoutSafetyCheck",
    "ScheduleKeyDeletion": "KeyId PendingWindowInDays",
    "TagResource": "KeyId Tags",
    "UntagResource": "KeyId TagKeys",
    "UpdateAlias": "AliasName TargetKeyId",
    "UpdateKeyDescription": "KeyId Description",
}
