"""Where gunicorn finds the application."""

from predictor import app

__all__ = ["app"]
