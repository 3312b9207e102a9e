"""Who calls what: the roles of programs, the record of calls, and with `--iam` what their policies allow."""

from __future__ import annotations

from s_infra.sandbox.access.guard import Access
from s_infra.sandbox.access.sessions import OWN_KEY, Session, Sessions, acting, acting_in, as_now

__all__ = ["OWN_KEY", "Access", "Session", "Sessions", "acting", "acting_in", "as_now"]
