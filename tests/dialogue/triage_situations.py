"""Hand-written situations, English and Chinese, in which an offer of help is or is not warranted after the last turn."""

from __future__ import annotations

from collections.abc import Sequence

from bot.events import Turn
from bot.models import Thread

NOON = 1_700_000_000.0
HELPERS = frozenset({"hana", "ravi"})
QUOTA = "amy: Hi all, how do I raise the quota of our project? The deploy fails with error 403 quota exceeded."
ADVICE = "hana: You need to open Settings > Quotas and ask for more there. Which region are you in?"
DATABASE = "li: 大家好，数据库连接报错 connection refused，怎么解决？"
RESTART = "hana: 你可以先重启一下代理试试"
TRACE = (
    'amy: ```\nTraceback (most recent call last):\n  File "deploy.py", line 3\nQuotaError: limit reached in eu-1\n```'
)
UPLOAD = "amy: how do I mount the shared bucket on a build machine?"
TIP = "hana: amy: try adding the bucket to the build file, then run it again"


def turns(lines: Sequence[str], flat: bool) -> list[Turn]:
    """One turn a line of `who: text`, two minutes apart; in a flat channel each is its own thread."""
    said = [line.split(": ", 1) for line in lines]
    return [
        Turn(
            id=f"t{i}",
            thread_id=f"t{i}" if flat else "t0",
            channel_id="c",
            author=who,
            text=text,
            sent_at=NOON + 120 * i,
            is_bot=who in ("pager", "ci"),
        )
        for i, (who, text) in enumerate(said)
    ]


def threaded(*lines: str) -> Thread:
    return Thread("t0", "c", tuple(turns(lines, flat=False)), helpers=HELPERS)


def flat(*lines: str) -> Thread:
    *before, last = turns(lines, flat=True)
    return Thread(last.id, "c", (last,), nearby=tuple(before))


NEEDS = {
    "opening question": threaded(QUOTA),
    "question to the room": threaded("bo: Does anyone know why my pod keeps restarting with OOMKilled?"),
    "trouble without a question mark": threaded("bo: I can't connect to the database since this morning, it times out"),
    "asker adds the error": threaded(QUOTA, TRACE),
    "asker says it still fails": threaded(QUOTA, ADVICE, "amy: Still not working after that, same error 403."),
    "asker tried the advice in vain": threaded(QUOTA, ADVICE, "amy: I did that but I still get error 403, any idea?"),
    "Chinese opening question": threaded(DATABASE),
    "Chinese how-to": threaded("bo: 请问怎么申请 GPU 配额？"),
    "Chinese trouble": threaded("bo: 服务启动失败，日志里报错 OOM，有人遇到过吗？"),
    "Chinese still fails": threaded(DATABASE, RESTART, "li: 重启之后还是报错，没用"),
    "flat question amid chatter": flat("x: lol", "y: yeah", UPLOAD),
    "flat question while others talk": flat(UPLOAD, TIP, "zoe: anyone know how to list all running containers?"),
    "flat still fails": flat(UPLOAD, TIP, "amy: hana: I did, but it still fails with permission denied"),
    "firing alert": threaded("pager: [FIRING:1] HighLatency on db-7: p99 over 2s"),
    "firing alert in Chinese": threaded("pager: 【告警】数据库 db-7 连接数超过 90%"),
}
REST = {
    "helper's advice": threaded(QUOTA, ADVICE),
    "helper's question": threaded(QUOTA, "hana: Which version are you on? Can you paste the logs?"),
    "thanks": threaded(QUOTA, ADVICE, "amy: Thanks, that worked!"),
    "solved by asker": threaded(QUOTA, "amy: never mind, figured it out"),
    "me too": threaded(QUOTA, "zed: +1"),
    "acknowledged": threaded(QUOTA, ADVICE, "amy: ok, will do"),
    "stranger's advice": threaded(QUOTA, "zed: you can ask for more under Settings, then try again"),
    "greeting": threaded("bo: Good morning everyone!"),
    "announcement": threaded("bo: We released version 2.4 today, see https://example.org/notes for what is new."),
    "reminder": threaded("bo: Reminder: the weekly meeting is at 3pm tomorrow."),
    "lunch": threaded("bo: Anyone up for lunch?"),
    "laughter": threaded("bo: haha nice one :joy:"),
    "only a smiley": threaded("bo: :tada:"),
    "only a link": threaded("bo: https://example.org/a-nice-article"),
    "promise": threaded(QUOTA, "ravi: I'll take a look tomorrow"),
    "Chinese greeting": threaded("bo: 大家早上好"),
    "Chinese announcement": threaded("bo: 通知：今晚 10 点系统维护，请注意"),
    "Chinese advice": threaded(DATABASE, RESTART),
    "Chinese thanks": threaded(DATABASE, RESTART, "li: 谢谢，解决了"),
    "flat advice by name": flat(UPLOAD, TIP),
    "flat question back": flat(UPLOAD, "hana: amy: which version are you on?"),
    "flat thanks": flat(UPLOAD, TIP, "amy: hana: thanks a lot, works now"),
    "recovered alert": threaded("pager: [RESOLVED] HighLatency on db-7"),
    "build bot": threaded("ci: Build failed with error 1"),
}
