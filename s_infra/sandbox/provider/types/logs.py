"""CloudWatch Logs: log groups, and metrics made of what is logged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s_infra.sandbox.provider.declaration import Call, Read, Resource, Tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.provider.cty import State
    from s_infra.sandbox.provider.session import Session


def _pattern(session: Session, operation: str, state: State) -> Mapping[str, Any]:
    del session
    # An empty one says something: that every event counts.
    return {"filterPattern": state["pattern"]} if operation == "PutMetricFilter" else {}


RESOURCES = {
    "aws_cloudwatch_log_metric_filter": Resource(
        service="logs",
        id="{name}",
        import_ids=("{log_group_name}:{name}",),
        create=(Call("PutMetricFilter"),),
        read=(
            Read(
                "DescribeMetricFilters",
                at="metricFilters",
                given=("log_group_name", "name"),
                match=("name", "filterName"),
            ),
        ),
        update=(Call("PutMetricFilter"),),
        delete=(Call("DeleteMetricFilter"),),
        arguments=_pattern,
        names={
            "name": ("filterName", "filterNamePrefix"),
            "pattern": "filterPattern",
            "metric_transformation.name": "metricName",
            "metric_transformation.namespace": "metricNamespace",
            "metric_transformation.value": "metricValue",
        },
        defaults={"metric_transformation.unit": "None"},
        replace=("name", "log_group_name"),
        refused={
            "apply_on_transformed_logs": "the sandbox transforms no logs",
            "metric_transformation.default_value": "the sandbox publishes a value for each match alone",
            "metric_transformation.dimensions": "fields give them, and the sandbox's patterns are words",
        },
    ),
    "aws_cloudwatch_log_group": Resource(
        service="logs",
        id="{name}",
        create=(Call("CreateLogGroup"), Call("PutRetentionPolicy", when=("retention_in_days",))),
        read=(Read("DescribeLogGroups", at="logGroups", given=("name",), match=("name", "logGroupName")),),
        update=(Call("PutRetentionPolicy", when=("retention_in_days",), unset="DeleteRetentionPolicy"),),
        delete=(Call("DeleteLogGroup"),),
        names={"name": ("logGroupName", "logGroupNamePrefix"), "arn": "resourceArn"},
        derived={"arn": "arn:{partition}:logs:{region}:{account}:log-group:{name}"},
        defaults={"retention_in_days": 0, "skip_destroy": False},
        blank={"retention_in_days": 0},
        local=("name_prefix",),
        replace=("name", "name_prefix", "log_group_class"),
        refused={
            "deletion_protection_enabled": "The sandbox's log groups know no such protection.",
            "kms_key_id": "The sandbox encrypts nothing.",
        },
        tags=Tags("ListTagsForResource", "TagResource", "UntagResource"),
    ),
}
