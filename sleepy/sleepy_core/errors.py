"""What can go wrong, each as a sentence that says what was found and what to do."""

from __future__ import annotations


class SleepyError(Exception):
    """The root of all errors that are meant for the user's eyes: one line, no traceback."""


class CargoError(SleepyError):
    """cargo is missing, crashed, or was given something it cannot read."""


class ShadowError(SleepyError):
    """The shadow workspace cannot be made or written (full disk, read-only cache)."""


class PatchError(SleepyError):
    """A patch does not apply, or may not be applied."""


class StoreError(SleepyError):
    """The database cannot be opened, or is newer than this program."""


class StoreUnavailable(StoreError):
    """The database cannot be written now (full disk, locked, permissions): the same change may succeed later."""


class EngineError(SleepyError):
    """A model server cannot do what was asked. Subclasses say why."""


class EngineDown(EngineError):
    """Nothing answers at the address."""


class ModelMissing(EngineError):
    """The server runs, but does not have the model."""


class ContextOverflow(EngineError):
    """The prompt is longer than the model's context."""


class EngineTimeout(EngineError):
    """No answer before the deadline."""


class CoefficientsMissing(EngineError):
    """The engine has no such coefficient set, or cannot read it; the bare model can be asked."""


class BadAnswer(EngineError):
    """The server's stream was cut or is not what its protocol promises."""
