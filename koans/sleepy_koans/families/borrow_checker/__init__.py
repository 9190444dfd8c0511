"""Families about the borrow checker, one module each."""
