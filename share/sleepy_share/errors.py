"""What can go wrong with adapters and bases, each as a sentence that says what was got and what to do."""

from __future__ import annotations


class ShareError(Exception):
    """The root of this package's errors."""


class BasisError(ShareError):
    """A basis cannot be used: a bad specification, a module that it does not know, shapes that do not fit."""


class BasisMismatch(BasisError):
    """Coefficients and a basis, or two bases, that do not belong together."""


class AdapterError(ShareError):
    """An adapter, or a set of them, cannot be used: of different models, not finite, none at all."""


class DamagedFile(ShareError):
    """A file is missing, cut off, changed by someone else, or not what its name says."""


class SaveFailed(ShareError):
    """A file cannot be written (full disk, permissions). What was there before is untouched."""
