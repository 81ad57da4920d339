"""Tells a firing alert from a recovered one, in the words monitoring tools use."""

from __future__ import annotations

import re

LOOKED_AT = 2000
RECOVERED = re.compile(
    r"\b(?:(?:alert|alarm|incident|monitor)\W{1,3}(?:is |was |has been |has )?)?(?:resolved|recovered|recovery|cleared|closed|back to normal|is up|healthy again|all clear|acknowledged|ok)\b|"
    r"(?:告警|报警)?(?:已?恢复|已?解除|已解决|已关闭)|恢复正常",
    re.IGNORECASE,
)
FIRING = re.compile(
    r"\b(?:firing|fired|alert\w*|alarm\w*|triggered|critical|warning|fatal|down|error\w*|fail\w*|unhealthy|unreachable|"
    r"outage|incident|exceed\w*|timeout\w*|crash\w*|oom\w*|p[0-3]|sev-?[0-3]|page\w*|breach\w*|degraded)\b|"
    r"告警|报警|异常|失败|故障|超过|不可用|超时|宕机",
    re.IGNORECASE,
)


def alert_need(text: str) -> tuple[float, str]:
    """Need (0..1) and the reason in words, for a post of an allow-listed alert bot: the word that comes first decides."""
    text = text[:LOOKED_AT]
    firing, recovered = FIRING.search(text), RECOVERED.search(text)
    if recovered and (not firing or recovered.start() <= firing.start() or "[resolved" in text.lower()):
        return 0.05, "an alert that has recovered"
    if firing:
        return 0.9, "an alert is firing"
    return 0.3, "an alert bot speaks, but nothing says that it fires"
