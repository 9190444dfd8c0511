"""Families about what Rust 2024 brings and asks for, one module each."""
