"""DynamoDB: its operations, each with the members of its request that the base carries out."""

from __future__ import annotations

_CONDITION = (
    "ConditionExpression ExpressionAttributeNames ExpressionAttributeValues "
    "ReturnValues ReturnValuesOnConditionCheckFailure "
)
_READ = "TableName ConsistentRead ProjectionExpression ExpressionAttributeNames "
_SEARCH = _READ + "FilterExpression ExpressionAttributeValues Limit ExclusiveStartKey Select "

# No indexes, streams, backups, expiry and capacity: what a table has is its items, by their keys.
MEMBERS = {
    "BatchGetItem": "RequestItems",
    "BatchWriteItem": "RequestItems",
    "CreateTable": "AttributeDefinitions TableName KeySchema BillingMode Tags DeletionProtectionEnabled",
    "DeleteItem": _CONDITION + "TableName Key",
    "DeleteTable": "TableName",
    "DescribeTable": "TableName",
    "GetItem": _READ + "Key",
    "ListTables": "ExclusiveStartTableName Limit",
    "ListTagsOfResource": "ResourceArn",
    "PutItem": _CONDITION + "TableName Item",
    "Query": _SEARCH + "KeyConditionExpression ScanIndexForward",
    "Scan": _SEARCH + "Segment TotalSegments",
    "TagResource": "ResourceArn Tags",
    "TransactGetItems": "TransactItems",
    "TransactWriteItems": "TransactItems ClientRequestToken",
    "UntagResource": "ResourceArn TagKeys",
    "UpdateItem": _CONDITION + "TableName Key UpdateExpression",
    "UpdateTable": "TableName DeletionProtectionEnabled",
}
