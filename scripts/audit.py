#!/usr/bin/env python3
"""Checks the pinned dependencies against known vulnerabilities, where the package index tells them; else says why not."""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
SECONDS = 12.0
"""After so long the audit is given up: scripts/check goes on meanwhile, and nobody should wait for it."""


def main() -> int:
    """1 when a pinned version is known to be vulnerable; 0 when none is, and when that could not be asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", type=Path, help="judge this report of pip-audit instead of asking for one")
    wanted = parser.parse_args()
    try:
        report = wanted.report.read_text(encoding="utf-8") if wanted.report else asked()
        vulnerable, line = verdict(json.loads(report))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, subprocess.TimeoutExpired) as reason:
        vulnerable, line = False, f"skipped: no advisories to be had ({type(reason).__name__})"
    print(f"audit of dependencies {line}", file=sys.stderr)
    return int(vulnerable)


def asked() -> str:
    """What pip-audit says of the pinned versions, as JSON; raises OSError, TimeoutExpired."""
    if importlib.util.find_spec("pip_audit") is None:
        raise FileNotFoundError("pip-audit")
    words = ("--requirement", str(ROOT / "constraints.txt"), "--no-deps", "--disable-pip", "--timeout", "3")
    command = [sys.executable, "-m", "pip_audit", *words, "--progress-spinner", "off", "--format", "json"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS).stdout


def verdict(report: dict[str, Any]) -> tuple[bool, str]:
    """Whether anything is vulnerable, and one line; a version that the index knows nothing of was not audited."""
    audited = [one for one in report["dependencies"] if "vulns" in one]
    found = [
        f"{one['name']} {one['version']}: {flaw['id']}, mended in {', '.join(flaw['fix_versions']) or 'no version yet'}"
        for one in audited
        for flaw in one["vulns"]
    ]
    if found:
        return True, f"found {len(found)} known vulnerabilities; raise these in constraints.txt:\n  " + "\n  ".join(
            found
        )
    if not audited:
        return False, "skipped: the package index here tells no advisories"
    return False, f"passed: {len(audited)} of {len(report['dependencies'])} pinned versions, no known vulnerability"


if __name__ == "__main__":
    sys.exit(main())
