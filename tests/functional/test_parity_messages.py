"""SQS and SNS as programs use them, on the sandbox or on AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cloud_support import Cloud, code, document


@pytest.mark.parity(
    "sqs:SendMessage", "sqs:ReceiveMessage", "sqs:ChangeMessageVisibility", "sqs:DeleteMessage",
    "sqs:GetQueueUrl", "sqs:ListQueues",
)  # fmt: skip
def test_a_message_is_hidden_until_it_is_given_back_or_deleted(cloud: Cloud) -> None:
    sqs, (url, arn) = cloud.client("sqs"), cloud.queue(VisibilityTimeout="60")
    name = arn.rpartition(":")[2]
    assert sqs.get_queue_url(QueueName=name)["QueueUrl"] == url
    assert code(sqs.get_queue_url, QueueName=cloud.name()) == "AWS.SimpleQueueService.NonExistentQueue"
    cloud.until(lambda: url in sqs.list_queues(QueueNamePrefix=name).get("QueueUrls", ()))
    attribute = {"kind": {"DataType": "String", "StringValue": "test"}}
    sqs.send_message(QueueUrl=url, MessageBody="told", MessageAttributes=attribute)
    first = cloud.until(lambda: _received(sqs, url))[0]
    assert (first["Body"], first["MessageAttributes"]["kind"]["StringValue"]) == ("told", "test")
    assert _received(sqs, url) == []
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=0)
    again = cloud.until(lambda: _received(sqs, url))[0]
    assert (again["MessageId"], again["Attributes"]["ApproximateReceiveCount"]) == (first["MessageId"], "2")
    sqs.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])
    assert code(sqs.receive_message, QueueUrl=url, MaxNumberOfMessages=11) == "InvalidParameterValue"


def _received(sqs: Any, url: str, **options: Any) -> list[dict[str, Any]]:
    names = {"MessageAttributeNames": ["All"], "AttributeNames": ["All"]}
    found: list[dict[str, Any]] = sqs.receive_message(QueueUrl=url, **names, **options).get("Messages", [])
    return found


@pytest.mark.parity(
    "sqs:SendMessageBatch", "sqs:DeleteMessageBatch", "sqs:ChangeMessageVisibilityBatch", "sqs:PurgeQueue"
)
def test_a_batch_tells_of_each_entry(cloud: Cloud) -> None:
    sqs, (url, _) = cloud.client("sqs"), cloud.queue(VisibilityTimeout="60")
    entries = [{"Id": str(number), "MessageBody": f"body {number}"} for number in range(3)]
    sent = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert [one["Id"] for one in sent["Successful"]] == ["0", "1", "2"]
    got: dict[str, str] = {}

    def collected() -> bool:
        got.update({one["Body"]: one["ReceiptHandle"] for one in _received(sqs, url, MaxNumberOfMessages=10)})
        return len(got) == 3

    cloud.until(collected)
    back = [{"Id": "a", "ReceiptHandle": got["body 1"], "VisibilityTimeout": 0}]
    changed = sqs.change_message_visibility_batch(QueueUrl=url, Entries=back)
    assert [one["Id"] for one in changed["Successful"]] == ["a"]
    assert cloud.until(lambda: _received(sqs, url))[0]["Body"] == "body 1"
    doomed = [{"Id": "b", "ReceiptHandle": got["body 0"]}, {"Id": "c", "ReceiptHandle": "none"}]
    deleted = sqs.delete_message_batch(QueueUrl=url, Entries=doomed)
    assert [one["Id"] for one in deleted["Successful"]] == ["b"]
    assert [one["Id"] for one in deleted["Failed"]] == ["c"]
    assert code(sqs.send_message_batch, QueueUrl=url, Entries=[entries[0]] * 2) == (
        "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"
    )
    sqs.purge_queue(QueueUrl=url)
    cloud.until(lambda: _waiting(sqs, url) == "0", timeout=90)


def _waiting(sqs: Any, url: str) -> str:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return str(sum(map(int, found.values())))


@pytest.mark.parity("sqs:CreateQueue", "sqs:GetQueueAttributes")
def test_a_message_read_too_often_is_a_dead_letter(cloud: Cloud) -> None:
    sqs, (dead, dead_arn) = cloud.client("sqs"), cloud.queue()
    policy = {"deadLetterTargetArn": dead_arn, "maxReceiveCount": "1"}
    url, _ = cloud.queue(RedrivePolicy=json.dumps(policy), VisibilityTimeout="0")
    sqs.send_message(QueueUrl=url, MessageBody="poison")
    assert cloud.until(lambda: _received(sqs, url))[0]["Body"] == "poison"
    cloud.until(lambda: not _received(sqs, url) and (_waiting(sqs, dead) == "1"), timeout=90)
    assert cloud.until(lambda: _received(sqs, dead))[0]["Body"] == "poison"


@pytest.mark.parity(
    "sns:Publish", "sns:PublishBatch", "sns:ListTopics", "sns:ListSubscriptions", "sns:Subscribe",
    "sns:ListSubscriptionsByTopic", "sns:SetSubscriptionAttributes",
)  # fmt: skip
def test_what_is_published_reaches_the_queue_that_wants_it(cloud: Cloud) -> None:
    sns, sqs, topic, (url, arn) = cloud.client("sns"), cloud.client("sqs"), cloud.topic(), cloud.queue()
    allowed = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Resource": arn}
    allowed |= {"Action": "sqs:SendMessage", "Condition": {"ArnEquals": {"aws:SourceArn": topic}}}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document(allowed)})
    subscription = sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True,
        Attributes={"FilterPolicy": '{"kind": ["wanted"]}', "FilterPolicyScope": "MessageBody"},
    )["SubscriptionArn"]  # fmt: skip
    assert topic in _every(sns, "list_topics", "Topics", "TopicArn")
    assert subscription in _every(sns, "list_subscriptions", "Subscriptions", "SubscriptionArn")
    found = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [(one["Protocol"], one["Endpoint"]) for one in found] == [("sqs", arn)]
    sns.publish(TopicArn=topic, Message='{"kind": "other"}')
    entries = [{"Id": kind, "Message": json.dumps({"kind": kind})} for kind in ("wanted", "other")]
    sent = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    assert [one["Id"] for one in sent["Successful"]] == ["wanted", "other"]
    envelope = json.loads(cloud.until(lambda: _received(sqs, url, WaitTimeSeconds=1))[0]["Body"])
    assert (envelope["TopicArn"], json.loads(envelope["Message"])) == (topic, {"kind": "wanted"})
    sns.set_subscription_attributes(
        SubscriptionArn=subscription, AttributeName="RawMessageDelivery", AttributeValue="true"
    )
    sns.publish(TopicArn=topic, Message='{"kind": "wanted", "raw": true}')
    assert json.loads(cloud.until(lambda: _received(sqs, url))[0]["Body"])["raw"] is True
    assert _received(sqs, url) == []
    assert code(sns.publish, TopicArn=f"{topic}-none", Message="x") == "NotFound"


def _every(client: Any, call: str, field: str, name: str) -> list[str]:
    pages = client.get_paginator(call).paginate()
    return [one[name] for page in pages for one in page[field]]
