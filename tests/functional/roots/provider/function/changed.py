"""Packed once the configuration has changed."""
