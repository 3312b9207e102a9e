"""The fixture's function."""

import json


def handle(event, _context):
    """Refuse the events whose detail says `refuse`."""
    refused = [r["messageId"] for r in event["Records"] if json.loads(r["body"])["detail"].get("refuse")]
    return {"batchItemFailures": [{"itemIdentifier": one} for one in refused]}
