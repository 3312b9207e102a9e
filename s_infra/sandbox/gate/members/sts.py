"""STS: its operations, each with the members of its request that the base carries out."""

from __future__ import annotations

MEMBERS = {
    "AssumeRole": "RoleArn RoleSessionName DurationSeconds ExternalId",
    "GetCallerIdentity": "",
}
