"""Tests of the chat platforms' adapters."""
