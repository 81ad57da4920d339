"""Tests of the thinking."""
