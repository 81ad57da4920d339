"""Finds what people said of their environment: versions, platforms, products, in their own words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.dialogue.cues import FENCE, LINK
from bot.events import Turn

MOST = 6  # things named
READ = 6000  # characters looked at
SYSTEM = (
    r"Ubuntu|Debian|Fedora|CentOS|RHEL|Rocky(?: Linux)?|Alpine|Arch(?: Linux)?|NixOS|Windows|WSL ?2?|macOS|Mac ?OS ?X?|OS ?X|iOS"
    r"|Android|Linux|FreeBSD|Raspberry Pi|Docker(?: Desktop| Compose)?|Podman|Kubernetes|OpenShift|EKS|GKE|AKS|AWS|GCP|Azure"
    r"|Chrome|Firefox|Safari|x86_64|amd64|aarch64|arm64|M[1-4] Mac|Apple Silicon"
)
VERSION = r"v?\d{1,4}(?:\.\d{1,5}){1,3}(?:[-+.]?(?:alpha|beta|rc|SNAPSHOT|dev)[\w.]{0,12})?"
NAMED = re.compile(
    rf"\b(?:[A-Za-z][\w+.-]{{1,30}}(?: \w{{2,12}})?[ @=:/-]{{1,2}}(?:version |ver\.? )?{VERSION}(?![\w.]*/)\b"
    rf"|(?:version|release|build) {VERSION}\b|(?:{SYSTEM})(?: (?:Server )?\d{{1,4}}(?:\.\d{{1,4}})*(?: LTS)?)?(?!\w))"
)
LEAD = re.compile(
    r"^(?:(?:the|a|an|on|in|of|with|and|or|using|use|uses|is|are|was|for|to|from|at|by|my|our|run|running|under|version|release|latest"
    r"|upgraded?|upgrading|updated?|since|than|via|it|i|we|here|have|has|got|see|step|section|line|chapter)\s+)+",
    re.IGNORECASE,
)
BARE = re.compile(rf"(?:{VERSION}|\S{{1,2}} {VERSION})")


def environment(turns: Sequence[Turn]) -> str:
    """Versions, systems and products that the turns name outside code and addresses, parted by semicolons; "" for none."""
    text = "\n".join(turn.text for turn in turns)[:READ]
    prose = LINK.sub(" ", FENCE.sub("\n", text)).replace("`", " ")
    found: dict[str, str] = {}
    for match in NAMED.finditer(prose):
        said = LEAD.sub("", " ".join(match.group().split())).strip(" :=")
        if said and not BARE.fullmatch(said):
            found.setdefault(said.lower(), said)
    kept = [said for low, said in found.items() if not any(low != other and low in other for other in found)]
    return "; ".join(kept[:MOST])
