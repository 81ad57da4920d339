"""Vigil itself: ears, thinking, memory and voice of the on-call support bot."""
