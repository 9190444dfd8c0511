"""Sleeping: what is learned from, how, and whether it helped."""
