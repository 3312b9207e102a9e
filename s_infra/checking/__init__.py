"""Holds a container to SageMaker's contract before anybody pushes it."""
