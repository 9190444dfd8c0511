"""Families about traits, one module each."""
