"""Koans: small Rust programs with one deliberate fault and a known repair."""
