"""Reads what became of a run."""
