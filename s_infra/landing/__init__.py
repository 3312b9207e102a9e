"""Puts files in the feature store."""
