"""Why there is no lab, or no lab any more."""

from __future__ import annotations


class EngineError(RuntimeError):
    """No engine can be used; the message says which was asked, what it answered, and what to run next."""


class LabError(RuntimeError):
    """The lab could not be started or is gone; the message ends with the engine's last log lines."""
