"""Seals what a form carries along, so that what is submitted is what was opened, by whom it was opened for."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace

from bot.events import Click
from bot.messages import Form

FACT = "form_seal"
"""The name of the key among the store's facts."""
BETWEEN = "~"


class Seals:
    """Signs forms with a key that only this store holds (hexadecimal; made with the store)."""

    def __init__(self, key: str) -> None:
        self._key = bytes.fromhex(key)

    def sealed(self, form: Form, person: str) -> Form:
        """The form as it goes out to this person."""
        return replace(form, value=f"{form.value}{BETWEEN}{self._sign(form.action, form.value, person)}")

    def opened(self, click: Click) -> Click | None:
        """The submitted form with the value that it was opened with; None when it is not what was opened for this person."""
        value, _, sign = click.value.rpartition(BETWEEN)
        right = self._sign(click.action, value, click.actor)
        return replace(click, value=value) if hmac.compare_digest(sign.encode(), right.encode()) else None

    def _sign(self, *parts: str) -> str:
        return hmac.new(self._key, "\0".join(parts).encode(errors="surrogatepass"), hashlib.sha256).hexdigest()[:32]
