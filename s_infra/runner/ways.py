"""Which way images are run here: by a container engine, or as processes; and why."""

from __future__ import annotations

import os
from dataclasses import dataclass

from s_infra.errors import SInfraError
from s_infra.packaging import engine
from s_infra.packaging.engine import Engine, NoEngineError
from s_infra.runner import isolation
from s_infra.runner.leftovers import remove_of_dead


@dataclass(frozen=True)
class Way:
    """The way: an engine, or None for processes. `why` is a sentence for people."""

    engine: Engine | None
    why: str

    def described(self) -> dict[str, str]:
        """Return what `sandbox status` shows, and `image push` goes by."""
        if self.engine is None:
            return {"way": "processes", "why": self.why}
        return {"way": "engine", "why": self.why, "address": self.engine.address}


def choose() -> Way:
    """Return the way that S_INFRA_CONTAINERS asks for; with `auto` an engine where one answers.

    Removes what sandboxes that were killed left in the engine, and takes the variables that point to it out
    of this process's environment: no function or job is to use the user's engine.

    Raises:
        SInfraError: an engine is asked for and none answers, or the variable has another value.
    """
    wanted = engine.chosen_way()
    try:
        if wanted == "processes":
            return Way(None, f"{engine.VARIABLE} asks for processes")
        found = engine.find()
        if not (found.rootless or isolation.can_change_user()):
            raise NoEngineError(
                f"{found.name} at {found.address} runs as root, and this sandbox couldn't take up what its "
                "containers write"
            )
    except NoEngineError as error:
        if wanted == "engine":
            raise SInfraError(
                f"{engine.VARIABLE} asks for a container engine, and none can be used: {error.what}",
                next_step="start Docker or Podman, or unset the variable",
            ) from error
        return Way(None, error.what)
    finally:
        for name in engine.POINTERS:
            os.environ.pop(name, None)
    remove_of_dead(found)
    return Way(found, f"{found.name} answers at {found.address}")
