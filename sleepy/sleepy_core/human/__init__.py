"""Fixes that people make by hand: errors that were seen, and are gone without a patch of ours."""
