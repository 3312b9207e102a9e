"""A function that does what it says."""


def handle(event: object, context: object) -> object:
    """Return the event."""
    del context
    return event
