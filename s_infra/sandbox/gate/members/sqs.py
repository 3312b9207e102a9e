"""SQS: its operations, each with the members of its request that the base carries out."""

from __future__ import annotations

MEMBERS = {
    "ChangeMessageVisibility": "QueueUrl ReceiptHandle VisibilityTimeout",
    "ChangeMessageVisibilityBatch": "QueueUrl Entries",
    "CreateQueue": "QueueName Attributes tags",
    "DeleteMessage": "QueueUrl ReceiptHandle",
    "DeleteMessageBatch": "QueueUrl Entries",
    "DeleteQueue": "QueueUrl",
    "GetQueueAttributes": "QueueUrl AttributeNames",
    "GetQueueUrl": "QueueName",
    "ListQueueTags": "QueueUrl",
    "ListQueues": "QueueNamePrefix NextToken MaxResults",
    "PurgeQueue": "QueueUrl",
    "ReceiveMessage": (
        "QueueUrl AttributeNames MessageSystemAttributeNames MessageAttributeNames MaxNumberOfMessages "
        "VisibilityTimeout WaitTimeSeconds"
    ),
    "SendMessage": "QueueUrl MessageBody DelaySeconds MessageAttributes MessageSystemAttributes",
    "SendMessageBatch": "QueueUrl Entries",
    "SetQueueAttributes": "QueueUrl Attributes",
    "TagQueue": "QueueUrl Tags",
    "UntagQueue": "QueueUrl TagKeys",
}
