"""What is known and decided: diagnostics, shadows, proposals, verdicts, episodes. No editor in here."""

__version__ = "0.1.0"
