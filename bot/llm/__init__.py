"""The voice: a port to a language model, and what stands behind it."""
