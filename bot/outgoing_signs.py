"""Takes out of a text every sign that cannot be seen: control characters, direction marks, zero widths, piled-up accents."""

from __future__ import annotations

import re

ACCENTS = 3
"""How many accents one letter keeps; no language written in Latin, Greek or Cyrillic letters needs more."""

# Every other way to end a line becomes the one that all platforms know.
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
# Controls; marks that turn the direction of reading; widths of nothing and fillers; tags and selectors in which whole
# texts can be hidden; lone surrogates; and the two signs with which slack_text holds a place.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ue000\ue001\ud800-\udfff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Joiners belong into emoji and into the scripts of Persia and India, and nowhere beside a plain letter.
_JOINERS = re.compile("(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f\u200c\u200d])")
_ACCENT = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_PILE = re.compile(f"({_ACCENT}{{{ACCENTS}}}){_ACCENT}+")
_SUSPECT = re.compile("[^\t\n\x20-\x7e]")


def visible(text: str) -> str:
    """The text as a reader sees it; plain text, emoji and every script come back as they were."""
    if not _SUSPECT.search(text):
        return text
    # Taking out one sign can bring a joiner beside a plain letter, so joiners go last.
    return _JOINERS.sub("", _PILE.sub(r"\1", _UNSEEN.sub("", _LINE_ENDS.sub("\n", text))))
