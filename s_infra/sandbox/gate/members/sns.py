"""SNS: its operations, each with the members of its request that the base carries out."""

from __future__ import annotations

MEMBERS = {
    "CreateTopic": "Name Attributes Tags",
    "DeleteTopic": "TopicArn",
    "GetSubscriptionAttributes": "SubscriptionArn",
    "GetTopicAttributes": "TopicArn",
    "ListSubscriptions": "NextToken",
    "ListSubscriptionsByTopic": "TopicArn NextToken",
    "ListTagsForResource": "ResourceArn",
    "ListTopics": "NextToken",
    "Publish": "TopicArn TargetArn Message Subject MessageStructure MessageAttributes",
    "PublishBatch": "TopicArn PublishBatchRequestEntries",
    "SetSubscriptionAttributes": "SubscriptionArn AttributeName AttributeValue",
    "SetTopicAttributes": "TopicArn AttributeName AttributeValue",
    "Subscribe": "TopicArn Protocol Endpoint Attributes ReturnSubscriptionArn",
    "TagResource": "ResourceArn Tags",
    "Unsubscribe": "SubscriptionArn",
    "UntagResource": "ResourceArn TagKeys",
}
