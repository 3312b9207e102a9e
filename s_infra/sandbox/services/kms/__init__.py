"""KMS: the base's, held to what a key's state and a policy's text allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s_infra.sandbox.policies import is_policy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s_infra.sandbox.base import Base, Response

    Action = Callable[[Mapping[str, Any]], Response]

# "Key states of AWS KMS keys": what a key that is given up can't have done.
NOT_GIVEN_UP = (
    *("_enable_key", "_disable_key", "_enable_key_rotation", "_disable_key_rotation"),
    *("_update_key_description", "_schedule_key_deletion"),
)
WITH_POLICY = ("_create_key", "_put_key_policy")


def install(base: Base) -> None:
    """Wrap the base's functions."""
    kms = base.module("kms")
    for name in NOT_GIVEN_UP:
        setattr(kms, name, _unless_given_up(kms, getattr(kms, name)))
    for name in WITH_POLICY:
        setattr(kms, name, _with_sound_policy(kms, getattr(kms, name)))


def _unless_given_up(kms: Any, inner: Action) -> Action:
    def act(given: Mapping[str, Any]) -> Response:
        key = kms._resolve_key(given.get("KeyId", ""))
        if key and key["KeyState"] == "PendingDeletion":
            answer: Response = kms.error_response_json(
                "KMSInvalidStateException", f"{key['Arn']} is pending deletion.", 400
            )
            return answer
        return inner(given)

    return act


def _with_sound_policy(kms: Any, inner: Action) -> Action:
    def act(given: Mapping[str, Any]) -> Response:
        if given.get("Policy") is not None and not is_policy(given["Policy"]):
            answer: Response = kms.error_response_json(
                "MalformedPolicyDocumentException", "The new key policy is not valid JSON.", 400
            )
            return answer
        return inner(given)

    return act
