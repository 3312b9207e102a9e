"""CloudWatch Logs: its operations, each with the members of its request that the base carries out."""

from __future__ import annotations

MEMBERS = {
    "CreateLogGroup": "logGroupName tags logGroupClass",
    "CreateLogStream": "logGroupName logStreamName",
    "DeleteLogGroup": "logGroupName",
    "DeleteLogStream": "logGroupName logStreamName",
    "DeleteMetricFilter": "logGroupName filterName",
    "DeleteRetentionPolicy": "logGroupName",
    "DescribeLogGroups": (
        "logGroupNamePrefix logGroupNamePattern nextToken limit logGroupClass logGroupIdentifiers"
    ),
    "DescribeLogStreams": (
        "logGroupName logGroupIdentifier logStreamNamePrefix orderBy descending nextToken limit"
    ),
    "DescribeMetricFilters": "logGroupName filterNamePrefix nextToken limit metricName metricNamespace",
    "FilterLogEvents": (
        "logGroupName logGroupIdentifier logStreamNames logStreamNamePrefix startTime endTime filterPattern "
        "nextToken limit startFromHead interleaved"
    ),
    "GetLogEvents": (
        "logGroupName logGroupIdentifier logStreamName startTime endTime nextToken limit startFromHead"
    ),
    "ListTagsForResource": "resourceArn",
    "ListTagsLogGroup": "logGroupName",
    "PutLogEvents": "logGroupName logStreamName logEvents sequenceToken",
    "PutMetricFilter": "logGroupName filterName filterPattern metricTransformations",
    "PutRetentionPolicy": "logGroupName retentionInDays",
    "TagLogGroup": "logGroupName tags",
    "TagResource": "resourceArn tags",
    "UntagLogGroup": "logGroupName tags",
    "UntagResource": "resourceArn tagKeys",
}
