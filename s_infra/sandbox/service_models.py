"""botocore's service models: a process reads each but once, as that takes up to a tenth of a second."""

from __future__ import annotations

import functools
import threading
from typing import Any

# A client of S3 takes the bucket out of the paths of the model that it was made from: nobody shares it.
CHANGED_BY_CLIENTS = frozenset({"s3"})
_loading = threading.Lock()


def service_model(service: str) -> Any:
    """Return the model of a service.

    Raises:
        botocore.exceptions.UnknownServiceError: there is none of that name.
    """
    with _loading:  # of several that ask for it at once, one reads it
        return _model(service)


def client_session() -> Any:
    """Return a new botocore session, whose clients share what they have read with those of all others."""
    import botocore.session

    session = botocore.session.get_session()
    session.register_component("data_loader", _loader())
    return session


@functools.cache
def _loader() -> Any:
    import botocore.session

    return botocore.session.get_session().get_component("data_loader")


@functools.cache
def _model(service: str) -> Any:
    import botocore.session

    session = botocore.session.get_session() if service in CHANGED_BY_CLIENTS else client_session()
    return session.get_service_model(service)
