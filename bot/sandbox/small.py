"""A tiny workspace, enough for tests: two askers, two helpers, two other bots and four channels."""

from bot.sandbox.models import Json


def small_workspace() -> Json:
    """The same shape as sample/workspace.json; Vigil is in every channel but C0RANDOM."""
    people = [
        ("U0ANA", "ana", "Ana Ruiz", "helper", "Support engineer"),
        ("U0HUGO", "hugo", "Hugo Lind", "helper", "On-call engineer"),
        ("U0BEN", "ben", "Ben Okafor", "asker", "Developer"),
        ("U0CLEO", "cleo", "Cleo Marsh", "asker", "Developer"),
    ]
    users: list[Json] = [
        {"id": i, "name": n, "real_name": r, "role": role, "title": t, "tz": "Europe/Madrid", "is_bot": False}
        for i, n, r, role, t in people
    ]
    users += [
        {"id": "U0ALERT", "name": "alerts", "real_name": "Alerts", "role": "bot", "is_bot": True, "bot_id": "B0ALERT"},
        {"id": "U0BUILD", "name": "builds", "real_name": "Builds", "role": "bot", "is_bot": True, "bot_id": "B0BUILD"},
    ]
    everybody = [str(user["id"]) for user in users]
    helpers = ["U0ANA", "U0HUGO"]
    return {
        "team": {"id": "T0SMALL", "name": "Small", "domain": "small", "url": "https://small.slack.com/"},
        "users": users,
        "channels": [
            _channel("C0HELP", "help", [*everybody, "U0VIGIL"], topic="Ask here"),
            _channel("C0HELPERS", "helpers", [*helpers, "U0VIGIL"]),
            _channel("C0SECRET", "secret", [*helpers, "U0BEN", "U0VIGIL"], private=True),
            _channel("C0RANDOM", "random", everybody),
        ],
        "usergroups": [{"id": "S0ONCALL", "handle": "oncall", "users": helpers}],
    }


def _channel(channel_id: str, name: str, members: list[str], topic: str = "", private: bool = False) -> Json:
    return {"id": channel_id, "name": name, "is_private": private, "topic": topic, "members": members}
