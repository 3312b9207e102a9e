"""Where `s-infra` begins: documentation that is as it was is told of before anything else is imported."""

from __future__ import annotations

import gc
import sys

CYCLES = 20_000


def main() -> None:
    """Run the command line; see `s_infra.cli.main`."""
    if sys.argv[1:2] == ["docs"]:
        # What a module leaves is freed by counting; looking for cycles as often as usual finds none.
        gc.set_threshold(CYCLES)
        from s_infra.docs import receipts

        if receipts.begin(sys.argv[2:]):
            return
        if sys.argv[2:3] == ["render"]:
            from s_infra.docs import quick

            if quick.render(sys.argv[3:]):
                return
    from s_infra.cli.main import main as command_line

    command_line()
