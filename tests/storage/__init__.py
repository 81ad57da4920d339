"""Tests of the memory, each on a real database file."""
