"""Reads a provider block: what of it the sandbox carries out, and the session that it makes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from s_infra.sandbox.provider.cty import UNKNOWN, State
from s_infra.sandbox.provider.session import Clients, Session
from s_infra.sandbox.provider.wire import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CARRIED: Final = {"region", "access_key", "secret_key", "default_tags", "allowed_account_ids"}
# They turn off checks that nobody needs here, or say how a bucket is addressed; nothing is lost by them.
_HARMLESS: Final = re.compile(r"skip_\w+|s3_use_path_style|max_retries|retry_mode|token")


def problems(config: State) -> Iterator[Problem]:
    """The arguments that the sandbox can't carry out, by name."""
    for name, value in config.items():
        if value in (None, [], {}, "") or name in _CARRIED or _HARMLESS.fullmatch(name):
            continue
        yield Problem(
            f"s-infra sandbox: provider argument {name} isn't carried out",
            "The embedded provider talks to the sandbox alone, as any caller that it gives credentials to.",
            (name,),
        )


def session(config: State, clients: Clients, region: str, directory: Path) -> Session:
    """The session that a provider block makes; what is unknown yet takes its default."""
    given = {name: value for name, value in config.items() if value not in (None, "", UNKNOWN)}
    blocks = given.get("default_tags") or [{}]
    tags = blocks[0].get("tags")
    return Session(
        clients=clients,
        region=given.get("region", region),
        directory=directory,
        default_tags={} if tags is None else tags,
        **{name: given[name] for name in ("access_key", "secret_key") if name in given},
    )


def account_problem(config: State, made: Session) -> Problem | None:
    """That the account isn't one of `allowed_account_ids`, if they are given."""
    allowed = config.get("allowed_account_ids")
    if not isinstance(allowed, list) or not allowed:
        return None
    account = made.identity()["Account"]
    if account in allowed:
        return None
    return Problem(f"AWS account ID not allowed: {account}", "", ("allowed_account_ids",))
