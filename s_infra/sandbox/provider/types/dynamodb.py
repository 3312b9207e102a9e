"""DynamoDB: tables that are paid by request, and items in them."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.provider.declaration import Call, Read, Resource, Tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.provider.cty import State, Value
    from s_infra.sandbox.provider.session import Session

_KEYS = (("hash_key", "HASH"), ("range_key", "RANGE"))
_ITSELF = "the sandbox's tables have their items and keys alone"


def _table_arguments(session: Session, operation: str, state: State) -> Mapping[str, Any]:
    del session
    if operation != "CreateTable":
        return {}
    given = [(state.get(name), kind) for name, kind in _KEYS]
    return {"KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in given if name]}


def _keys_told(schema: list[Mapping[str, str]]) -> Mapping[str, Value]:
    found = {key["KeyType"]: key["AttributeName"] for key in schema}
    return {name: found.get(kind) for name, kind in _KEYS}


def _table_told(table: Mapping[str, Any]) -> State:
    return {
        **_keys_told(table["KeySchema"]),
        "arn": table["TableArn"],
        "attribute": [
            {"name": one["AttributeName"], "type": one["AttributeType"]}
            for one in table["AttributeDefinitions"]
        ],
        "billing_mode": table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
        "deletion_protection_enabled": table.get("DeletionProtectionEnabled", False),
        "name": table["TableName"],
    }


def _item_arguments(session: Session, operation: str, state: State) -> Mapping[str, Any]:
    del session
    item = _with_bytes(json.loads(state["item"]))
    if operation == "PutItem":  # one that is there already is somebody else's
        new = "attribute_not_exists(#hash)"
        names = {"#hash": state["hash_key"]}
        return {"Item": item, "ConditionExpression": new, "ExpressionAttributeNames": names}
    return {"Key": _key(state, item)}


def _key(state: State, item: Mapping[str, Any]) -> Mapping[str, Any]:
    return {state[name]: item[state[name]] for name, _ in _KEYS if state.get(name)}


def _change_item(session: Session, prior: State, planned: State) -> None:
    # With another key it's another item: the old one must not stay beside it.
    table = {"TableName": planned["table_name"]}
    before, now = (_with_bytes(json.loads(state["item"])) for state in (prior, planned))
    old = _key(prior, before)
    gone = [] if old == _key(planned, now) else [{"Delete": {**table, "Key": old}}]
    session.client("dynamodb").transact_write_items(TransactItems=[{"Put": {**table, "Item": now}}, *gone])


def _item_told(item: Any) -> State:
    return {"item": json.dumps(item, default=lambda value: base64.b64encode(bytes(value)).decode())}


def _item_settled(told: State, state: State) -> Mapping[str, Value]:
    item = json.loads(told["item"])
    values = {
        f"{name}_value": next(iter(item[state[name]].values())) if state.get(name) else None
        for name, _ in _KEYS
    }
    return {**values, "id": "|".join(text for text in (state["table_name"], *values.values()) if text)}


def _with_bytes(value: Any) -> Any:
    """Items as botocore wants them: what DynamoDB's JSON has in base 64, under B and BS, is bytes."""
    if isinstance(value, list):
        return [_with_bytes(one) for one in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("B"), str):
        return {"B": base64.b64decode(value["B"])}
    if "BS" in value and all(isinstance(one, str) for one in value["BS"]):
        return {"BS": [base64.b64decode(one) for one in value["BS"]]}
    return {name: _with_bytes(one) for name, one in value.items()}


RESOURCES = {
    "aws_dynamodb_table": Resource(
        service="dynamodb",
        id="{name}",
        create=(Call("CreateTable"),),
        read=(Read("DescribeTable", at="Table", told=_table_told),),
        update=(
            Call("UpdateTable", when=("billing_mode",), given=("name", "billing_mode")),
            Call(
                "UpdateTable",
                when=("deletion_protection_enabled",),
                given=("name", "deletion_protection_enabled"),
            ),
        ),
        delete=(Call("DeleteTable"),),
        arguments=_table_arguments,
        names={
            "arn": "ResourceArn",
            "attribute": "AttributeDefinitions",
            "attribute.name": "AttributeName",
            "attribute.type": "AttributeType",
            "name": "TableName",
        },
        defaults={
            "billing_mode": "PROVISIONED",
            "deletion_protection_enabled": False,
            "table_class": "STANDARD",
        },
        blank={"stream_enabled": False, "table_class": "STANDARD"},
        local=("hash_key", "range_key"),
        replace=("name", "hash_key", "range_key", "attribute"),
        refused=dict.fromkeys(
            (
                *("global_secondary_index", "global_table_witness", "import_table", "local_secondary_index"),
                *("on_demand_throughput", "point_in_time_recovery", "read_capacity", "replica"),
                *("restore_backup_arn", "restore_date_time", "restore_source_name"),
                *("restore_source_table_arn", "restore_to_latest_time", "server_side_encryption"),
                *("stream_enabled", "stream_view_type", "table_class", "ttl", "warm_throughput"),
                "write_capacity",
            ),
            _ITSELF,
        ),
        tags=Tags("ListTagsOfResource", "TagResource", "UntagResource"),
    ),
    "aws_dynamodb_table_item": Resource(
        service="dynamodb",
        id="{table_name}",
        import_ids=(),
        create=(Call("PutItem"),),
        read=(Read("GetItem", at="Item", constant={"ConsistentRead": True}, told=_item_told),),
        delete=(Call("DeleteItem"),),
        arguments=_item_arguments,
        change=_change_item,
        settle=_item_settled,
        names={"item": ""},
        json=("item",),
        local=("hash_key", "item", "range_key"),
        replace=("table_name", "hash_key", "range_key"),
        renewed=dict.fromkeys(("id", "hash_key_value", "range_key_value"), ("item",)),
    ),
}
