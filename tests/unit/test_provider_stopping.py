"""An interrupted Terraform is the only one whose waiting ends: several may talk to one provider."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from s_infra.sandbox.provider.server import Servicer, Site
from s_infra.sandbox.provider.session import Clients
from s_infra.sandbox.provider.types import PROVIDERS


@dataclass
class Context:
    """A call of a peer, as gRPC tells it."""

    name: str
    active: bool = True

    def peer(self) -> str:
        return self.name

    def is_active(self) -> bool:
        return self.active


def test_a_stop_ends_the_waiting_of_its_own_peer() -> None:
    site = Site(Clients("http://127.0.0.1:1"), "us-east-1", Path(), lambda peer, port: None)
    servicer = Servicer(PROVIDERS[0], site)
    one, other, gone = Context("one"), Context("other"), Context("gone", active=False)
    sessions = [servicer._session(context) for context in (one, other, gone)]
    assert [session.stopped() for session in sessions] == [False, False, True]
    servicer.StopProvider(None, one)
    assert [session.stopped() for session in sessions] == [True, False, True]
