"""A library of support knowledge that knows nothing of chat platforms, of language models or of the bot."""
