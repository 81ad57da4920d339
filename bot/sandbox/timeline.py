"""The messages of one channel, in order, with their threads."""

from bisect import bisect_left, bisect_right, insort
from decimal import Decimal, InvalidOperation

from bot.sandbox.models import Json, Refused


def stamp(seconds: float | str | Decimal) -> str:
    """A Slack timestamp ("1700000000.000100") of fixed width, so that timestamps sort as strings."""
    try:
        value = Decimal(str(seconds))
    except InvalidOperation:
        value = Decimal("nan")
    if not value.is_finite():
        raise Refused("invalid_arguments", response_metadata={"messages": [f"not a timestamp: {seconds}"]})
    return f"{value:017.6f}"


class Timeline:
    """Holds message dicts by timestamp; roots (and broadcasts) apart from thread replies, as Slack's history has it."""

    def __init__(self) -> None:
        self.by_ts: dict[str, Json] = {}
        self.roots: list[str] = []
        self.replies: dict[str, list[str]] = {}

    def free(self, ts: str) -> str:
        """`ts`, or the next microsecond that no message of this channel uses yet."""
        while ts in self.by_ts:
            ts = stamp(Decimal(ts) + Decimal("0.000001"))
        return ts

    def get(self, ts: str) -> Json | None:
        return self.by_ts.get(ts)

    def root_of(self, ts: str) -> str | None:
        """The timestamp of the thread that `ts` starts or belongs to; None when there is no such message."""
        message = self.by_ts.get(ts)
        return None if message is None else str(message.get("thread_ts") or ts)

    def add(self, message: Json) -> None:
        ts, root = str(message["ts"]), str(message.get("thread_ts") or "")
        self.by_ts[ts] = message
        if root and root != ts:
            insort(self.replies.setdefault(root, []), ts)
            self.refresh(root)
        if not root or root == ts or message.get("subtype") == "thread_broadcast":
            insort(self.roots, ts)

    def remove(self, ts: str) -> None:
        """Take a message out; the caller has already decided that no tombstone is needed."""
        message = self.by_ts.pop(ts)
        if ts in self.roots:
            self.roots.remove(ts)
        root = str(message.get("thread_ts") or "")
        if root and root != ts:
            self.replies[root].remove(ts)
            self.refresh(root)

    def refresh(self, root: str) -> None:
        """Bring the reply counters of a thread's root up to date."""
        parent, replies = self.by_ts.get(root), self.replies.get(root, [])
        if parent is None:
            return
        if not replies:
            for key in ("thread_ts", "reply_count", "reply_users", "reply_users_count", "latest_reply", "is_locked"):
                parent.pop(key, None)
            return
        writers = dict.fromkeys(str(self.by_ts[ts].get("user") or self.by_ts[ts].get("bot_id")) for ts in replies)
        parent.update(
            thread_ts=root,
            reply_count=len(replies),
            reply_users=list(writers)[:5],
            reply_users_count=len(writers),
            latest_reply=replies[-1],
            is_locked=False,
        )

    def history(self, oldest: str, latest: str, inclusive: bool, limit: int) -> tuple[list[Json], bool]:
        """The newest `limit` roots between two timestamps ("" = open), newest first, and whether more are left."""
        return self._window(self.roots, oldest, latest, inclusive, limit, newest=True)

    def thread(self, root: str, oldest: str, latest: str, inclusive: bool, limit: int) -> tuple[list[Json], bool]:
        """The oldest `limit` replies of a thread between two timestamps, oldest first, without the root."""
        return self._window(self.replies.get(root, []), oldest, latest, inclusive, limit, newest=False)

    def _window(
        self, order: list[str], oldest: str, latest: str, inclusive: bool, limit: int, newest: bool
    ) -> tuple[list[Json], bool]:
        low_side, high_side = (bisect_left, bisect_right) if inclusive else (bisect_right, bisect_left)
        low = low_side(order, oldest) if oldest else 0
        high = high_side(order, latest) if latest else len(order)
        chosen = order[max(low, high - limit) : max(low, high)][::-1] if newest else order[low : min(high, low + limit)]
        return [self.by_ts[ts] for ts in chosen], high - low > limit
