"""CloudWatch Logs: log groups."""

from __future__ import annotations

from s_infra.sandbox.provider.declaration import Call, Read, Resource, Tags

RESOURCES = {
    "aws_cloudwatch_log_group": Resource(
        service="logs",
        id="{name}",
        create=(Call("CreateLogGroup"), Call("PutRetentionPolicy", when=("retention_in_days",))),
        read=(Read("DescribeLogGroups", at="logGroups", given=("name",), match=("name", "logGroupName")),),
        update=(
            Call("PutRetentionPolicy", when=("retention_in_days",), unset="DeleteRetentionPolicy"),
            Call("AssociateKmsKey", when=("kms_key_id",), unset="DisassociateKmsKey"),
        ),
        delete=(Call("DeleteLogGroup"),),
        names={"name": ("logGroupName", "logGroupNamePrefix"), "arn": "resourceArn"},
        derived={"arn": "arn:{partition}:logs:{region}:{account}:log-group:{name}"},
        defaults={"retention_in_days": 0, "skip_destroy": False},
        blank={"retention_in_days": 0},
        local=("name_prefix",),
        replace=("name", "name_prefix", "log_group_class"),
        refused={"deletion_protection_enabled": "The sandbox's log groups know no such protection."},
        tags=Tags("ListTagsForResource", "TagResource", "UntagResource"),
    ),
}
