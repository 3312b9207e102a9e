"""CloudWatch: alarms on metrics, and dashboards."""

from __future__ import annotations

from s_infra.sandbox.provider.declaration import Call, Read, Resource, Tags

RESOURCES = {
    "aws_cloudwatch_metric_alarm": Resource(
        service="cloudwatch",
        id="{alarm_name}",
        create=(Call("PutMetricAlarm"),),
        read=(
            Read(
                "DescribeAlarms", at="MetricAlarms", given=("alarm_name",), match=("alarm_name", "AlarmName")
            ),
        ),
        update=(Call("PutMetricAlarm"),),
        delete=(Call("DeleteAlarms"),),
        names={
            "arn": "AlarmArn",
            "evaluate_low_sample_count_percentiles": "EvaluateLowSampleCountPercentile",
            "metric_query": "Metrics",
            "metric_query.metric": "MetricStat",
            "metric_query.metric.dimensions": "Metric.Dimensions",
            "metric_query.metric.metric_name": "Metric.MetricName",
            "metric_query.metric.namespace": "Metric.Namespace",
        },
        defaults={
            "actions_enabled": True,
            "treat_missing_data": "missing",
            "metric_query.return_data": False,
        },
        replace=("alarm_name",),
        refused={
            "evaluation_criteria": "The sandbox evaluates no PromQL.",
            "evaluation_interval": "It belongs to evaluation_criteria.",
            "evaluation_window": "The sandbox's alarms have sliding windows.",
            "metric_query.account_id": "The sandbox has one account.",
            "threshold_metric_id": "The sandbox has no anomaly detection.",
            "warm_up_configuration": "The sandbox's alarms are evaluated at once.",
        },
        tags=Tags("ListTagsForResource", "TagResource", "UntagResource"),
    ),
    "aws_cloudwatch_dashboard": Resource(
        service="cloudwatch",
        id="{dashboard_name}",
        create=(Call("PutDashboard"),),
        read=(Read("GetDashboard", given=("dashboard_name",)),),
        update=(Call("PutDashboard"),),
        delete=(Call("DeleteDashboards"),),
        json=("dashboard_body",),
        replace=("dashboard_name",),
    ),
}
