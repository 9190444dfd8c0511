"""Families about advanced patterns, one module each."""
