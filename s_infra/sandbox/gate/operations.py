"""What each service of the base carries out, by the operation's name; the rest is refused.

A service of ours that checks its own operations stands in `OURS`. One of the base that has a file in
`members/` carries out the operations that are listed there; one that hasn't has them here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from s_infra.sandbox.gate.members import MEMBERS

if TYPE_CHECKING:
    from collections.abc import Mapping


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Signed names of services that refuse by their own tables what they don't carry out.
OURS = frozenset(
    {"codebuild", "glue", "monitoring", "rds", "sagemaker", "scheduler", "secretsmanager", "states"}
)
# Of these services no other operation is carried out.
CARRIED: Mapping[str, frozenset[str]] = {
    **{service: frozenset(operations) for service, operations in MEMBERS.items()},
}
# Signed names of the services that the catalog's modules and machines call, and the provider's types.
SERVICES = OURS | CARRIED.keys()
