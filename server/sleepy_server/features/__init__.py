"""One file per language server feature."""
