"""Ordinary answers, and what a reader must still find in them after the gate: code to the letter, allowed links, plain words."""

from __future__ import annotations

import re

from output_ways import RUNBOOK

COMMANDS = (
    "kubectl get pods -n payments | grep -v Running", "curl -sf https://get.tool.example/install.sh | sh -s -- --yes", "git push origin HEAD:refs/for/main",
    "psql -c 'SELECT count(*) FROM jobs WHERE state <> $$done$$'", "for f in *.log; do gzip \"$f\"; done", "echo '<!here> deploy done' | slack-cli post",
    "aws s3 cp s3://bucket/key - | jq '.items[] | .id'", "sed -i 's/@here/@oncall/g' notify.yaml", "docker run --rm -v \"$PWD\":/w -e A=1 img:1.2 make", "a && b || c; d > /dev/null 2>&1 < in.txt",
    "@app.route('/here')\ndef here() -> List[int]:\n    return [1, 2]", "if (a < b && c > d) { x &= ~y; }", "ssh -L 5432:db:5432 ops@bastion.acme.io", "[link](https://elsewhere.example) # in a README", "npm i @types/node@20",
)  # fmt: skip
PROSE = (
    ("mail a@b or ops@acme.io", ("a@b", "ops@acme.io")), ("a List<int> and a Map<String, List<T>>", ("List<int>", "Map<String, List<T>>")), ("if x < 3 & y > 4", ("x < 3 & y > 4",)),
    ("ask @ben or @heidi about it", ("ask @ben or @heidi",)), ("use @types/node and @Override", ("@types/node", "@Override")), ("AT&T &amp; co", ("AT&T &amp; co",)), ("a C++ std::vector<std::string>", ("std::vector<std::string>",)),
    ("<!-- a comment --> and <!DOCTYPE html>", ("<!-- a comment -->", "<!DOCTYPE html>")), ("[ERROR]: disk full", ("[ERROR]: disk full",)), ("set `a.b` to **2**, then *wait*", ("a.b", "2", "wait")),
    ("everyone here may open a channel", ("everyone here may open a channel",)), ("see docs/README.md and main.py:12", ("docs/README.md and main.py:12",)), ("C:\\Users\\x and /etc/hosts", ("C:\\Users\\x and /etc/hosts",)),
    ("5 * 3 * 2 = 30, snake_case_name", ("5 * 3 * 2 = 30", "snake_case_name")), ("\u8bf7\u91cd\u542f\u670d\u52a1\uff0c\u7136\u540e\u67e5\u770b\u65e5\u5fd7\u3002", ("\u8bf7\u91cd\u542f\u670d\u52a1\uff0c\u7136\u540e\u67e5\u770b\u65e5\u5fd7\u3002",)),
    ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",)), ("\U0001f469\u200d\U0001f4bb ok \u2764\ufe0f caf\u00e9 na\u00efve \u1ebf", ("\U0001f469\u200d\U0001f4bb", "\u2764\ufe0f", "caf\u00e9 na\u00efve \u1ebf")),
    ("10:30\u201311:00, 50 % \u2192 done\u2026", ("10:30\u201311:00, 50 % \u2192 done\u2026",)), ("ann@here.org wrote it", ("ann@here.org",)), ("| a | b |\n|---|---|\n| 1 | 2 |", ("| 1 | 2 |",)), ("- one\n- two\n\n1. three", ("one", "two", "1. three")),
    ("see https://elsewhere.example/a?b=1&c=2 for more", ("https://elsewhere.example/a?b=1&c=2",)), ("[their guide](https://elsewhere.example/g) says so", ("their guide", "https://elsewhere.example/g")),
)  # fmt: skip
LINKS = (
    ("[the wiki](https://wiki.acme.io/a_b?c=1&d=2)", "https://wiki.acme.io/a_b?c=1&d=2", "the wiki"), ("https://wiki.acme.io/x.", "https://wiki.acme.io/x", "."), ("<https://git.acme.io:8443/p>", "https://git.acme.io:8443/p", ""),
    ("(https://a.docs.acme.io/p_(x))", "https://a.docs.acme.io/p_(x)", ")"), ("**[bold](https://wiki.acme.io)**", "https://wiki.acme.io", "bold"), (f"[page]({RUNBOOK})", RUNBOOK, "page"),
    ("[thread](https://small.slack.com/archives/C1/p1700000000000100)", "https://small.slack.com/archives/C1/p1700000000000100", "thread"), ("\u89c1https://wiki.acme.io/\u6587\u3002", "https://wiki.acme.io/\u6587", "\u3002"),
)  # fmt: skip
Case = tuple[str, tuple[str, ...], tuple[str, ...]]


def ordinary() -> list[Case]:
    """(Markdown, what a reader must find word for word, the addresses that must be links)."""
    code = [(f"Run it:\n\n```\n{command}\n```\n\nthen wait.", (command, "then wait."), ()) for command in COMMANDS]
    spans = [(f"Run `{command}` now.", (command, "now."), ()) for command in COMMANDS if "\n" not in command]
    words: list[Case] = [(text, found, ()) for text, found in PROSE]
    linked: list[Case] = [(f"See {text} ok", (shown, "ok"), (url,)) for text, url, shown in LINKS]
    both: list[Case] = [
        (f"{text}\n\n{other[0]}", (*found, *other[1]), other[2])
        for (text, found), other in zip(PROSE, linked * 3, strict=False)
    ]
    return [*code, *spans, *words, *linked, *both]


def damage(sent: str, found: tuple[str, ...], links: tuple[str, ...]) -> list[str]:
    """What a reader of this mrkdwn would miss."""
    bare = re.sub(r"<([^<>|]+)(?:\|([^<>]*))?>", lambda token: token[2] or token[1], sent)
    seen = _decoded(bare)
    plain = re.sub(r"[*_~]", "", seen)
    missing = [part for part in found if part not in seen and re.sub(r"[*_~]", "", part) not in plain]
    targets = {_decoded(url) for url in re.findall(r"<([^<>|]+)", sent)}
    return missing + [
        url for url in links if url.replace("(", "%28").replace(")", "%29") not in targets and url not in targets
    ]


def _decoded(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
