"""Machines that do not exist, each with a manual, an approved case, and the questions to which these are the answers."""

from __future__ import annotations

import random
from dataclasses import dataclass

KINDS = ("amber", "brisk", "cedar", "dusky", "ember", "frost", "gilded", "hazel", "indigo", "jade", "kelp", "lunar", "maple", "nickel",
         "ochre", "pearl", "quartz", "russet", "sable", "tawny")  # fmt: skip
MACHINES = ("gauge", "mixer", "relay", "valve", "loom", "kiln", "crane", "press", "pump", "lathe", "winch", "drum", "chute", "fan",
            "boiler", "plough", "saw", "scale", "tiller", "mill", "hoist", "grinder", "conveyor", "dredger")  # fmt: skip
TROUBLES = (
    "blade jam",
    "lost pressure",
    "belt slip",
    "dry bearing",
    "feed blocked",
    "sensor drift",
    "gear lock",
    "overheated coil",
)
PARTS = ("intake filter", "drive belt", "spindle", "coupling", "outlet hose", "brake pad")
LAMPS = ("green", "white", "amber", "blue")
TROUBLES_ZH, PARTS_ZH = ("刀片卡住", "压力丢失", "皮带打滑", "轴承干磨"), ("进气滤网", "传动皮带", "联轴器", "出水软管")
CHINESE = 8  # of so many machines one speaks Chinese


@dataclass(frozen=True, slots=True)
class Topic:
    """A machine: what its manual and its case say, and who finds them says `fix` and `cure`, commands that stand nowhere else."""

    name: str
    heading: str
    manual: str
    fix: str
    problem: str
    resolution: str
    cure: str
    first: str
    second: str


def topics(count: int, seed: int) -> list[Topic]:
    """So many machines, all different, one in CHINESE of them in Chinese; raises ValueError where there are too few names."""
    names = [f"{kind} {machine}" for kind in KINDS for machine in MACHINES]
    dice = random.Random(seed)
    dice.shuffle(names)
    if count > len(names):
        raise ValueError(f"there are {len(names)} machines at most")
    codes = dice.sample(range(100, 1000), min(900, 2 * count)) if count <= 450 else list(range(100, 100 + 2 * count))
    return [
        (_chinese if i % CHINESE == CHINESE - 1 else _english)(name, codes[2 * i], codes[2 * i + 1], dice)
        for i, name in enumerate(names[:count])
    ]


def _english(name: str, one: int, other: int, dice: random.Random) -> Topic:
    first, second = (f"{name[:2].upper()}{name.split()[1][:1].upper()}-{code}" for code in (one, other))
    trouble, again = dice.sample(TROUBLES, 2)
    part, lamp, wait = dice.choice(PARTS), dice.choice(LAMPS), dice.randint(2, 55)
    fix, cure = f"nwctl unjam --unit {_slug(name)}", f"nwctl level --unit {_slug(name)} --soft"
    return Topic(
        name, f"{first} {trouble}",
        f"When the {name} reports {first} {trouble}, its {part} has come loose. Run `{fix}` and wait {wait} minutes until the "
        f"lamp turns {lamp}. Never open the cover of the {name} before the lamp turns {lamp}.", fix,
        f"the {name} stops with {second} {again} after a restart",
        f"The {name} stops with {second} {again} when its {part} is worn. Level it with `{cure}` and replace the {part} afterwards.",
        cure,
        f"Our {name} stops with {first} {trouble} since this morning. How do I get it running again?",
        f"the {name} stops with {second} {again}, what can I do about it?",
    )  # fmt: skip


def _chinese(name: str, one: int, other: int, dice: random.Random) -> Topic:
    first, second = (f"{name[:2].upper()}{name.split()[1][:1].upper()}-{code}" for code in (one, other))
    trouble, again = dice.sample(TROUBLES_ZH, 2)
    part, wait = dice.choice(PARTS_ZH), dice.randint(2, 55)
    fix, cure = f"nwctl unjam --unit {_slug(name)}", f"nwctl level --unit {_slug(name)} --soft"
    return Topic(
        name, f"{first} {trouble}",
        f"{name} 报 {first} {trouble}时，说明{part}松动。请先运行 `{fix}`，等待 {wait} 分钟直到指示灯变绿。指示灯变绿之前不要打开机盖。", fix,
        f"{name} 重启后报 {second} {again}", f"{name} 报 {second} {again}，是因为{part}磨损。请运行 `{cure}` 校平，然后更换{part}。", cure,
        f"我们的 {name} 从早上开始报错 {first} {trouble}，怎么恢复？", f"{name} 报错 {second} {again}，怎么办？",
    )  # fmt: skip


def _slug(name: str) -> str:
    return name.replace(" ", "-")
