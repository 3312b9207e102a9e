"""GetRandomPassword."""

from __future__ import annotations

import random
import secrets
import string
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.secretsmanager.errors import invalid_parameter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.services.secretsmanager.secrets import Secrets

LENGTH = 32
KINDS = {
    "ExcludeLowercase": string.ascii_lowercase,
    "ExcludeUppercase": string.ascii_uppercase,
    "ExcludeNumbers": string.digits,
    "ExcludePunctuation": string.punctuation,
}


def random_password(service: Secrets, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return a password of the asked length and kinds of characters, each kind at least once unless told."""
    del service
    kinds = [letters for name, letters in KINDS.items() if not request.get(name)]
    kinds += [" "] if request.get("IncludeSpace") else []
    excluded = set(request.get("ExcludeCharacters", ""))
    kinds = [kept for letters in kinds if (kept := "".join(one for one in letters if one not in excluded))]
    length = request.get("PasswordLength", LENGTH)
    if not kinds:
        raise invalid_parameter("The password can't be generated: all characters are excluded.")
    once = kinds if request.get("RequireEachIncludedType", True) else []
    if len(once) > length:
        raise invalid_parameter("The password length is shorter than the number of required character types.")
    chosen = [secrets.choice(letters) for letters in once]
    every = "".join(kinds)
    chosen += [secrets.choice(every) for _ in range(length - len(chosen))]
    random.SystemRandom().shuffle(chosen)
    return {"RandomPassword": "".join(chosen)}
