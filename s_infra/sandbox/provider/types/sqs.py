"""SQS: queues and their policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s_infra.sandbox.provider.declaration import Call, Read, Resource, Tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.provider.cty import State, Value


def _queue_told(told: State, state: State) -> Mapping[str, Value]:
    del told
    return {"name": state["url"].rsplit("/", 1)[-1], "url": state["url"]}


RESOURCES = {
    "aws_sqs_queue": Resource(
        service="sqs",
        id="{url}",
        create=(Call("CreateQueue", returns={"url": "QueueUrl"}),),
        read=(Read("GetQueueAttributes", constant={"AttributeNames": ["All"]}),),
        update=(Call("SetQueueAttributes"),),
        delete=(Call("DeleteQueue"),),
        settle=_queue_told,
        names={
            "arn": "Attributes.QueueArn",
            "content_based_deduplication": "Attributes.ContentBasedDeduplication",
            "deduplication_scope": "Attributes.DeduplicationScope",
            "delay_seconds": "Attributes.DelaySeconds",
            "fifo_queue": "Attributes.FifoQueue",
            "fifo_throughput_limit": "Attributes.FifoThroughputLimit",
            "kms_data_key_reuse_period_seconds": "Attributes.KmsDataKeyReusePeriodSeconds",
            "kms_master_key_id": "Attributes.KmsMasterKeyId",
            "max_message_size": "Attributes.MaximumMessageSize",
            "message_retention_seconds": "Attributes.MessageRetentionPeriod",
            "name": "QueueName",
            "policy": "Attributes.Policy",
            "receive_wait_time_seconds": "Attributes.ReceiveMessageWaitTimeSeconds",
            "redrive_allow_policy": "Attributes.RedriveAllowPolicy",
            "redrive_policy": "Attributes.RedrivePolicy",
            "sqs_managed_sse_enabled": "Attributes.SqsManagedSseEnabled",
            "url": "QueueUrl",
            "visibility_timeout_seconds": "Attributes.VisibilityTimeout",
        },
        defaults={
            "content_based_deduplication": False,
            "delay_seconds": 0,
            "fifo_queue": False,
            "max_message_size": 262144,
            "message_retention_seconds": 345600,
            "receive_wait_time_seconds": 0,
            "visibility_timeout_seconds": 30,
        },
        # AWS takes these two only as true, and only for a FIFO queue.
        blank={"fifo_queue": False, "content_based_deduplication": False},
        local=("name_prefix",),
        json=("policy", "redrive_policy", "redrive_allow_policy"),
        replace=("name", "name_prefix", "fifo_queue"),
        tags=Tags("ListQueueTags", "TagQueue", "UntagQueue"),
    ),
    "aws_sqs_queue_policy": Resource(
        service="sqs",
        id="{queue_url}",
        create=(Call("SetQueueAttributes"),),
        read=(Read("GetQueueAttributes", constant={"AttributeNames": ["Policy"]}, needs="policy"),),
        update=(Call("SetQueueAttributes"),),
        delete=(Call("SetQueueAttributes", constant={"Attributes": {"Policy": ""}}),),
        names={"queue_url": "QueueUrl", "policy": "Attributes.Policy"},
        json=("policy",),
        replace=("queue_url",),
    ),
}
