"""DynamoDB's tables and items, and EventBridge's buses, each held to what it changes or tells."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from events_support import Bus

Clients = Callable[[str], Any]
SEEN = "attribute_not_exists(#name)"


@pytest.fixture
def table(clients: Clients) -> str:
    name = f"t-{uuid.uuid4().hex}"
    clients("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "name", "KeyType": "HASH"},
            {"AttributeName": "size", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "name", "AttributeType": "S"},
            {"AttributeName": "size", "AttributeType": "N"},
        ],
    )
    return name


def item(name: str, size: int, **more: str) -> dict[str, Any]:
    texts = {key: {"S": value} for key, value in more.items()}
    return {"name": {"S": name}, "size": {"N": str(size)}, **texts}


@pytest.mark.parity("dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem")
def test_an_item_is_put_once_changed_and_deleted(clients: Clients, table: str) -> None:
    db = clients("dynamodb")
    key = item("a", 1)
    once = {"ConditionExpression": SEEN, "ExpressionAttributeNames": {"#name": "name"}}
    db.put_item(TableName=table, Item=item("a", 1, state="new"), **once)
    with pytest.raises(db.exceptions.ConditionalCheckFailedException):
        db.put_item(TableName=table, Item=item("a", 1, state="twice"), **once)
    changed = db.update_item(
        TableName=table,
        Key=key,
        UpdateExpression="SET #state = :now ADD tries :one",
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues={":now": {"S": "old"}, ":one": {"N": "2"}},
        ReturnValues="ALL_NEW",
    )["Attributes"]
    assert changed == {**item("a", 1, state="old"), "tries": {"N": "2"}}
    assert db.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"] == changed
    assert db.delete_item(TableName=table, Key=key, ReturnValues="ALL_OLD")["Attributes"] == changed
    assert "Item" not in db.get_item(TableName=table, Key=key)


@pytest.mark.parity(
    "dynamodb:BatchWriteItem",
    "dynamodb:BatchGetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:TransactWriteItems",
    "dynamodb:TransactGetItems",
)
def test_items_are_found_by_their_keys_and_by_what_they_hold(clients: Clients, table: str) -> None:
    db = clients("dynamodb")
    puts = [{"PutRequest": {"Item": item(name, size)}} for name in "ab" for size in (1, 2, 3)]
    db.batch_write_item(RequestItems={table: puts})
    got = db.batch_get_item(RequestItems={table: {"Keys": [item("a", 1), item("b", 9)]}})
    assert got["Responses"][table] == [item("a", 1)]
    found = db.query(
        TableName=table,
        KeyConditionExpression="#name = :name AND size >= :least",
        ExpressionAttributeNames={"#name": "name"},
        ExpressionAttributeValues={":name": {"S": "b"}, ":least": {"N": "2"}},
        ScanIndexForward=False,
    )["Items"]
    assert found == [item("b", 3), item("b", 2)]
    pages = db.get_paginator("scan").paginate(
        TableName=table,
        FilterExpression="size = :size",
        ExpressionAttributeValues={":size": {"N": "2"}},
        PaginationConfig={"PageSize": 2},
    )
    scanned = [one for page in pages for one in page["Items"]]
    assert sorted(scanned, key=str) == [item("a", 2), item("b", 2)]
    check = {"TableName": table, "Key": item("b", 9), "ConditionExpression": "attribute_exists(size)"}
    with pytest.raises(db.exceptions.TransactionCanceledException):
        db.transact_write_items(
            TransactItems=[{"Put": {"TableName": table, "Item": item("c", 1)}}, {"ConditionCheck": check}]
        )
    read = [{"Get": {"TableName": table, "Key": item(name, 1)}} for name in "ac"]
    assert db.transact_get_items(TransactItems=read)["Responses"] == [{"Item": item("a", 1)}, {}]


@pytest.mark.parity(
    "dynamodb:CreateTable",
    "dynamodb:DescribeTable",
    "dynamodb:ListTables",
    "dynamodb:UpdateTable",
    "dynamodb:DeleteTable",
    "dynamodb:TagResource",
    "dynamodb:ListTagsOfResource",
    "dynamodb:UntagResource",
)
def test_a_table_is_tagged_protected_and_deleted(clients: Clients, table: str) -> None:
    db = clients("dynamodb")
    arn = db.describe_table(TableName=table)["Table"]["TableArn"]
    db.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    db.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert db.list_tags_of_resource(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    db.update_table(TableName=table, DeletionProtectionEnabled=True)
    with pytest.raises(ClientError, match="protected against deletion"):
        db.delete_table(TableName=table)
    db.update_table(TableName=table, DeletionProtectionEnabled=False)
    db.delete_table(TableName=table)
    assert table not in db.list_tables()["TableNames"]


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"BillingMode": "PROVISIONED"}, "BillingMode PROVISIONED"),
        ({"BillingMode": "PAY_PER_REQUEST", "StreamSpecification": {"StreamEnabled": True}}, "StreamSpec"),
    ],
)
def test_what_a_table_has_not_is_refused_by_name(clients: Clients, more: dict[str, Any], named: str) -> None:
    keys = [{"AttributeName": "name", "KeyType": "HASH"}]
    kinds = [{"AttributeName": "name", "AttributeType": "S"}]
    with pytest.raises(ClientError, match=f"dynamodb:CreateTable {named}"):
        clients("dynamodb").create_table(
            TableName="refused", KeySchema=keys, AttributeDefinitions=kinds, **more
        )


@pytest.mark.parity("events:CreateEventBus", "events:UpdateEventBus", "events:DeleteEventBus")
def test_a_bus_has_events_and_rules_of_its_own(clients: Clients) -> None:
    events = clients("events")
    events.create_event_bus(Name="own", Description="First")
    events.update_event_bus(Name="own", Description="Second")
    assert events.describe_event_bus(Name="own")["Description"] == "Second"
    caught = Bus(clients, "shop")  # on the default bus
    arn = clients("sqs").get_queue_attributes(QueueUrl=caught.url, AttributeNames=["QueueArn"])
    events.put_rule(Name="own", EventBusName="own", EventPattern=json.dumps({"source": ["shop"]}))
    target = {"Id": "queue", "Arn": arn["Attributes"]["QueueArn"]}
    events.put_targets(Rule="own", EventBusName="own", Targets=[target])
    for bus in ("own", "default"):
        entry = {"Source": "shop", "DetailType": bus, "Detail": "{}", "EventBusName": bus}
        assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0
    assert caught.until(lambda event: event["detail-type"] == "own")
    assert caught.until(lambda event: event["detail-type"] == "default")
    # Each came by the rule of its own bus, and by no other.
    assert sorted(event["detail-type"] for event in caught.seen) == ["default", "own"]
    with pytest.raises(ClientError, match="has rules"):
        events.delete_event_bus(Name="own")
    events.remove_targets(Rule="own", EventBusName="own", Ids=["queue"])
    events.delete_rule(Name="own", EventBusName="own")
    events.delete_event_bus(Name="own")
    assert [bus["Name"] for bus in events.list_event_buses()["EventBuses"]] == ["default"]
