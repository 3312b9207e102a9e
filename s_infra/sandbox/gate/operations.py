"""What each service of the base carries out, by the operation's name; the rest is refused.

A service of ours that checks its own operations stands in `OURS`; one of the base has a row in `CARRIED`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Signed names of services that refuse by their own tables what they don't carry out.
OURS = frozenset({"glue", "sagemaker", "states"})
# Of these services no other operation is carried out.
CARRIED: Mapping[str, frozenset[str]] = {
    "events": _names("""
        DeleteRule DescribeEventBus DescribeRule DisableRule EnableRule ListEventBuses ListRuleNamesByTarget
        ListRules ListTagsForResource ListTargetsByRule PutEvents PutRule PutTargets RemoveTargets TagResource
        TestEventPattern UntagResource
        """),
    "logs": _names("""
        CreateLogGroup CreateLogStream DeleteLogGroup DeleteLogStream DeleteRetentionPolicy DescribeLogGroups
        DescribeLogStreams FilterLogEvents GetLogEvents ListTagsForResource ListTagsLogGroup PutLogEvents
        PutRetentionPolicy TagLogGroup TagResource UntagLogGroup UntagResource
        """),
    "monitoring": _names("GetMetricData GetMetricStatistics ListMetrics PutMetricData"),
}
# These the base stores, and nothing follows from it.
WITHOUT_EFFECT: Mapping[str, frozenset[str]] = {
    "ecr": _names(
        # Bytes come by the registry's own protocol; the last three would drop them.
        """
        CreatePullThroughCacheRule DescribeImageScanFindings GetLifecyclePolicyPreview
        PutReplicationConfiguration StartImageScan StartLifecyclePolicyPreview
        CompleteLayerUpload InitiateLayerUpload UploadLayerPart
        """
    ),
    "s3": _names("""
        PutBucketAccelerateConfiguration PutBucketAnalyticsConfiguration PutBucketLogging
        PutBucketIntelligentTieringConfiguration PutBucketInventoryConfiguration
        PutBucketMetricsConfiguration PutBucketReplication PutBucketWebsite
        """),
    "sns": _names("CreatePlatformApplication CreatePlatformEndpoint CreateSMSSandboxPhoneNumber"),
}
# Signed names of the services that the catalog's modules and machines call.
SERVICES = OURS | CARRIED.keys() | {"ecr", "iam", "lambda", "s3", "sns", "sqs", "sts"}
