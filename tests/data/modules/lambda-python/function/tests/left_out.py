"""Stays out of the package."""
