"""botocore's service models: a process reads each but once, as that takes up to a tenth of a second."""

from __future__ import annotations

import functools
import threading
from typing import Any

_loading = threading.Lock()


def service_model(service: str) -> Any:
    """Return the model of a service.

    Raises:
        botocore.exceptions.UnknownServiceError: there is none of that name.
    """
    with _loading:  # of several that ask for it at once, one reads it
        return _model(service)


def client_session() -> Any:
    """Return a new botocore session, whose clients share their models with those of all others.

    They don't with `service_model`: a client changes paths in the model that it was made from.
    """
    import botocore.session

    session = botocore.session.get_session()
    session.register_component("data_loader", _clients_loader())
    return session


@functools.cache
def _clients_loader() -> Any:
    import botocore.session

    return botocore.session.get_session().get_component("data_loader")


@functools.cache
def _own_session() -> Any:
    import botocore.session

    return botocore.session.get_session()


@functools.cache
def _model(service: str) -> Any:
    return _own_session().get_service_model(service)
