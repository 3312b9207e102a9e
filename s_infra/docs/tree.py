"""The modules of a repository: every folder that has a module's files."""

from __future__ import annotations

from s_infra.docs import reading
from s_infra.docs.load import is_module_file
from s_infra.errors import SInfraError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection


def modules_under(root: str, leave_out: Collection[str] = ()) -> list[str]:
    """Return the folders with modules from `root` on, itself too, by path.

    Folders whose name begins with a full stop or is in `leave_out` aren't looked into, and links to folders
    aren't followed: what they lead to is documented where it lies, or would go round for ever.

    Raises:
        SInfraError: A folder can't be read.
    """
    found: list[str] = []
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            entries = reading.folder(folder)
        except OSError as error:
            raise SInfraError(f"can't look into the folder: {error.strerror}", which=folder) from error
        if any(is_module_file(entry.name) and not reading.is_folder(entry) for entry in entries):
            found.append(folder)
        waiting += [
            entry.path
            for entry in reversed(entries)
            if not entry.name.startswith(".")
            and entry.name not in leave_out
            and entry.is_dir(follow_symlinks=False)
        ]
    return found
