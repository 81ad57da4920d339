"""Tests of the local workspace, with the stock Slack clients."""
