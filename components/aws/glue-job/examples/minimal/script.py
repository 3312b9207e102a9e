"""Does nothing: the example shows the job around it."""
