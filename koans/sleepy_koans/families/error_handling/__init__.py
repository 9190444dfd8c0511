"""Families about error handling, one module each."""
