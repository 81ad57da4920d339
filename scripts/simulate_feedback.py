"""Plays people's ratings against a team whose entries are partly wrong, and says what feedback does: --json, --plot FILE.

Two teams hear the same questions, asked by Zipf's law about 100 entries of which 30 are wrong. In one of them somebody
rates each suggestion and each draft, and is right 80 % of the time. After every 50 ratings both are asked one question
about each entry, with nothing written; what is said in public counts with the entry's share of questions.
"""

from __future__ import annotations

import json
import random
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from feedback_world import HELPER, PEOPLE, Team, Topic, in_public, question, said, topics
from rich.console import Console
from rich.progress import track

from bot.models import Decision

EVERY = 50
DRAFTS = ("rate", "publish")


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares (0..1) by which suggestions in public fell against a team without feedback.

    The first two after the last rating; `during` over all questions up to it.
    """

    wrong_shown_drop: float
    right_shown_drop: float
    wrong_drop_during: float
    right_drop_during: float


@dataclass(frozen=True, slots=True)
class Run:
    """One seed: what was shown, as (wrong, right) shares of all questions, at each checkpoint, and during the run."""

    rated: tuple[tuple[float, float], ...]
    unrated: tuple[float, float]
    during: tuple[int, int]
    during_unrated: tuple[int, int]


def run(seed: int, ratings: int, right: float, drafts: str) -> Run:
    """Play one seed. `drafts` says what helpers do with a draft: "rate" it, or "publish" or dismiss it."""
    rng = random.Random(seed)
    known = topics(rng)
    shares = [topic.share for topic in known]
    shown, shown_unrated, points = [0, 0], [0, 0], []
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as other:
        team, unrated = Team(Path(folder), known), Team(Path(other), known)
        given = asked = 0
        while given < ratings:
            number, asked = rng.choices(range(len(known)), shares)[0], asked + 1
            text, side = question(known[number], rng), not known[number].wrong
            plain, decision = (_told(one, text, f"asker{asked}") for one in (unrated, team))
            shown_unrated[side] += in_public(plain)
            if decision is not None:
                good = (rng.random() < right) == (side and team.topic_of[decision.entry_ids[0]] == number)
                shown[side] += _rated(team, decision, good, f"person{rng.randrange(PEOPLE)}", drafts)
                given += 1
            if given and given % EVERY == 0 and len(points) < given // EVERY:
                points.append(probe(team, known, seed))
        before = probe(unrated, known, seed)
        team.close()
        unrated.close()
    return Run(tuple(points), before, (shown[0], shown[1]), (shown_unrated[0], shown_unrated[1]))


def _told(team: Team, text: str, asker: str) -> Decision | None:
    team.later()
    outcome = team.think(text, asker)
    team.do(outcome)
    return said(outcome)


def _rated(team: Team, decision: Decision, good: bool, who: str, drafts: str) -> bool:
    """Let somebody say of the answer what they take it for; whether the asker got to see it."""
    if in_public(decision) or drafts == "rate":
        team.click("vigil_helpful" if good else "vigil_not_helpful", decision, who)
        return in_public(decision)
    team.click("vigil_draft_publish" if good else "vigil_draft_dismiss", decision, HELPER)
    return good


def probe(team: Team, known: Sequence[Topic], seed: int) -> tuple[float, float]:
    """(wrong, right): the share of all questions that would get such a suggestion in public now."""
    rng = random.Random(seed + 1_000_003)
    shown = [0.0, 0.0]
    for number, topic in enumerate(known):
        if in_public(said(team.think(question(topic, rng), f"probe{number}"))):
            shown[not topic.wrong] += topic.share
    return shown[0], shown[1]


def figures(runs: Sequence[Run], point: int = -1) -> Figures:
    """The mean over the seeds, at one checkpoint."""

    def fell(side: int) -> float:
        return 1 - sum(r.rated[point][side] for r in runs) / sum(r.unrated[side] for r in runs)

    def fell_during(side: int) -> float:
        return 1 - sum(r.during[side] for r in runs) / sum(r.during_unrated[side] for r in runs)

    return Figures(fell(0), fell(1), fell_during(0), fell_during(1))


def draw(runs: Sequence[Run], path: Path) -> None:
    """The curve of what is shown against the number of ratings."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    at = [0, *(EVERY * (point + 1) for point in range(len(runs[0].rated)))]
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "vigil", "font.size": 9}):
        figure = Figure(figsize=(5.6, 2.8), layout="constrained")
        axes = figure.add_subplot()
        for side, label, colour in ((1, "right entries", "#2f6f9f"), (0, "wrong entries", "#c4572e")):
            before = sum(run.unrated[side] for run in runs)
            shown = [1.0, *(sum(run.rated[point][side] for run in runs) / before for point in range(len(at) - 1))]
            axes.plot(at, [100 * share for share in shown], color=colour, label=label)
        axes.set(xlabel="ratings", ylabel="suggestions shown, %", ylim=(0, 105), xlim=(0, at[-1]))
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


@click.command()
@click.option("--seeds", default=20, show_default=True, help="How many runs.")
@click.option("--first-seed", default=1, show_default=True, help="Seed of the first run.")
@click.option("--ratings", default=300, show_default=True, help=f"Ratings in a run, a multiple of {EVERY}.")
@click.option(
    "--right", type=click.FloatRange(0, 1), default=0.8, show_default=True, help="How often raters are right."
)
@click.option(
    "--drafts", type=click.Choice(DRAFTS), default="rate", show_default=True, help="What helpers do with drafts."
)
@click.option("--json", "as_json", is_flag=True, help="The figures as JSON on the last line.")
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), help="Write the curve as .svg or .png.")
def main(
    seeds: int, first_seed: int, ratings: int, right: float, drafts: str, as_json: bool, plot: Path | None
) -> None:
    """Say by how much ratings make wrong and right suggestions fall."""
    if ratings < EVERY or ratings % EVERY or seeds < 1:
        raise click.UsageError(f"--ratings must be a multiple of {EVERY} and --seeds at least 1")
    if plot and (plot.suffix not in (".svg", ".png") or not plot.resolve().parent.is_dir()):
        raise click.UsageError("--plot takes a name that ends in .svg or .png, in a folder that exists")
    numbers = range(first_seed, first_seed + seeds)
    runs = [run(seed, ratings, right, drafts) for seed in track(numbers, "Seeds", console=Console(stderr=True))]
    show(runs)
    if plot:
        draw(runs, plot)
    found = {name: round(number, 4) for name, number in asdict(figures(runs)).items()}
    click.echo(json.dumps(found) if as_json else "  ".join(f"{name} {number:.1%}" for name, number in found.items()))


def show(runs: Sequence[Run]) -> None:
    """Print the curve, and how far the seeds lie apart."""
    for point in range(len(runs[0].rated)):
        at = figures(runs, point)
        wrong, right = -at.wrong_shown_drop, -at.right_shown_drop
        click.echo(f"after {EVERY * (point + 1):4} ratings: wrong {wrong:+.1%}, right {right:+.1%}")
    spread = [figures([one]) for one in runs]
    for name in ("wrong_shown_drop", "right_shown_drop"):
        values = sorted(getattr(one, name) for one in spread)
        click.echo(f"{name} by seed: {values[0]:.2f} to {values[-1]:.2f}, median {statistics.median(values):.2f}")


if __name__ == "__main__":
    main()
