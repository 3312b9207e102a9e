"""The one family of errors that a user sees: what went wrong, with which object, what to do next."""

from __future__ import annotations


class SInfraError(Exception):
    """A failure that the user can act on; the command line prints it and exits with 1."""

    def __init__(self, what: str, *, which: str | None = None, next_step: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.which = which
        self.next_step = next_step

    def __str__(self) -> str:
        lines = [self.what]
        if self.which:
            lines.append(f"  which: {self.which}")
        if self.next_step:
            lines.append(f"  next:  {self.next_step}")
        return "\n".join(lines)
