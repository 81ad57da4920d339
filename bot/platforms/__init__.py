"""Ears and mouth: the chat platforms behind one port."""
