"""Sessions of roles: the credentials that functions, jobs and machines call with, as STS would give them."""

from __future__ import annotations

import contextlib
import contextvars
import secrets
import threading
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# What the sandbox's own parts call with. They aren't anybody's programs.
OWN_KEY = "S-INFRA"
LASTS_S = 12 * 3600

_acting: contextvars.ContextVar[Session | None] = contextvars.ContextVar("acting", default=None)


@dataclass(frozen=True)
class Session:
    """A role that somebody acts in. `refusal` says why its trust policy doesn't let the service act so."""

    role_arn: str
    arn: str
    access_key_id: str
    secret_access_key: str
    token: str
    refusal: str | None = None

    @property
    def variables(self) -> dict[str, str]:
        """The standard variables that make a program use it."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_SESSION_TOKEN": self.token,
        }


class Sessions:
    """All sessions given out. `sts` gives the base's STS; `trusted` why a service may not assume a role."""

    def __init__(
        self, sts: Callable[[], Any], account_id: str, trusted: Callable[[str, str, str | None], str | None]
    ) -> None:
        self._load, self._account_id, self._trusted = sts, account_id, trusted
        self._by_role: dict[tuple[str, str, str], Session] = {}
        self._lock = threading.Lock()

    @cached_property
    def _sts(self) -> Any:
        return self._load()

    def of(self, role: str, service: str, name: str, source: str | None = None) -> Session:
        """Return the session of a role (a name or an ARN) that `service` assumes under a name.

        `source` is the ARN of what it does so for, where AWS tells it to the role's trust policy.
        """
        arn = role if role.startswith("arn:") else f"arn:aws:iam::{self._account_id}:role/{role}"
        # Asked anew each time: trust may have been given or taken meanwhile.
        refusal = self._trusted(arn, service, source)
        with self._lock:
            known = self._by_role.get((arn, service, name))
            if known is None or known.refusal != refusal:
                known = self._by_role[arn, service, name] = self._made(arn, name, refusal)
            return known

    def find(self, access_key_id: str | None) -> Session | None:
        """Return the session that an access key is of, one by STS's AssumeRole included."""
        made = self._sts._sessions.get(access_key_id) if access_key_id else None
        if made is None or made.get("PrincipalType") != "AssumedRole":
            return None
        found: Session | None = made.get("Session")
        if found is not None:
            return found
        role = made["Arn"].split(":assumed-role/")[1].split("/")[0]
        arn = f"arn:aws:iam::{self._account_id}:role/{role}"
        return Session(arn, made["Arn"], str(access_key_id), made["SecretAccessKey"], made["SessionToken"])

    def _made(self, role_arn: str, name: str, refusal: str | None) -> Session:
        role = role_arn.rpartition("/")[2]
        arn = f"arn:aws:sts::{self._account_id}:assumed-role/{role}/{name}"
        key = "ASIA" + secrets.token_hex(8).upper()
        session = Session(role_arn, arn, key, secrets.token_urlsafe(30), secrets.token_urlsafe(48), refusal)
        self._sts.register_session(
            key,
            {
                "Arn": arn,
                "UserId": f"{self._sts._role_id(role_arn)}:{name}",
                "SecretAccessKey": session.secret_access_key,
                "SessionToken": session.token,
                "Expiration": time.time() + LASTS_S,
                "AccountId": self._account_id,
                "PrincipalType": "AssumedRole",
                "Session": session,
            },
        )
        return session


@contextlib.contextmanager
def acting_in(session: Session) -> Iterator[None]:
    """Have what this thread calls and starts meanwhile be the session's doing."""
    token = _acting.set(session)
    try:
        yield
    finally:
        _acting.reset(token)


def as_now(client_of: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return what gives clients in the session that this thread acts in now, whichever thread asks."""
    session = acting()

    def client(service: str) -> Any:
        with acting_in(session) if session else contextlib.nullcontext():
            return client_of(service)

    return client


def acting() -> Session | None:
    """Return the session that this thread acts in; None when it is the sandbox itself."""
    return _acting.get()
