"""The address of an answer that one person alone sees: where they asked, and who they are; pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.models import VigilError
from bot.platforms.lark_ids import NATIVE, Place, place

_BETWEEN = "|"


@dataclass(frozen=True, slots=True)
class Whisper:
    """Where somebody asked (a chat, or a message in it) and who may see the answer, an open id."""

    place: Place
    person: str


def address(where: str, person: str) -> str:
    """The address of `person` at a chat's or turn's id; "" when nobody is named.

    It goes into the reply_to and trigger of commands and clicks. Lark gives no address of its own for this: whether a card
    for one person can stand there, or a direct message goes, is for whoever sends it to find out.
    """
    return f"{where}{_BETWEEN}{person}" if person else ""


def read(known: str) -> Whisper:
    """What an address says; raises VigilError when it is none of these."""
    where, between, person = known.partition(_BETWEEN)
    if not between or not NATIVE.fullmatch(person):
        raise VigilError(f"{known!r} is no address of somebody in Lark")
    return Whisper(place(where), person)
