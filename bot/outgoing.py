"""The gate through which every message and form goes before a platform renders it: what may not go out does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bot.messages import Button, Choice, Field, Form, Message, Source
from bot.outgoing_links import Links
from bot.outgoing_markdown import cut, fit, words
from bot.outgoing_signs import visible

TEXT, LINE, PEOPLE, GROUPS = 12_000, 300, 5, 1
"""Characters of a message's text and of a title or note; people and groups that one message may mention."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What a platform makes its messages of: secrets out, links as allowed, mentions by id alone, signs that can be seen.

    `redact` takes secrets out. The values stay what they were, so that a platform renders them as before.
    """

    redact: Callable[[str], str] = str
    links: Links = field(default_factory=Links)

    def message(self, message: Message) -> Message:
        """The message as it may go out; ids, actions and values stay as they are."""
        clean = message.redacted(self.redact)
        links = self.links_of(message)
        return replace(
            clean,
            text=cut(fit(cut(clean.text, 2 * TEXT), links), TEXT),
            title=_line(clean.title),
            sources=tuple(_source(source, links) for source in clean.sources),
            quiet=cut(fit(cut(clean.quiet, TEXT), links), LINE),
            source_label=_line(clean.source_label),
            buttons=tuple(_button(button) for button in clean.buttons),
            choices=tuple(_choice(choice) for choice in clean.choices),
            people=clean.people[:PEOPLE],
            groups=clean.groups[:GROUPS],
        )

    def links_of(self, message: Message) -> Links:
        """The links that may stand in this message: those allowed everywhere, and those that its code vouches for."""
        known = [source.url for source in message.sources if source.known]
        if not known and not message.vouched:
            return self.links
        return self.links.vouching(self.redact(url) for url in (*known, *message.vouched))

    def form(self, form: Form) -> Form:
        """The form as it may be shown."""
        clean = form.redacted(self.redact)
        return replace(
            clean,
            title=_line(clean.title),
            submit=_line(clean.submit),
            note=cut(fit(cut(clean.note, TEXT), self.links), 10 * LINE),
            fields=tuple(_field(one) for one in clean.fields),
        )


def _line(text: str) -> str:
    return words(text[:LINE])


def _source(source: Source, links: Links) -> Source:
    """A source whose address may not be clicked is named without it, or by it."""
    title, note = _line(source.title), _line(source.note)
    if not source.url or links.allow(source.url):
        return replace(source, title=title, note=note)
    return Source(title or _line(source.url), "", note, source.known)


def _button(button: Button) -> Button:
    return replace(button, label=_line(button.label))


def _choice(choice: Choice) -> Choice:
    return replace(choice, label=_line(choice.label), options=_named(choice.options))


def _field(one: Field) -> Field:
    # What stands in a field is somebody's text to edit: its code and mentions stay, for it says nothing to anybody yet.
    return replace(one, label=_line(one.label), initial=visible(one.initial), options=_named(one.options))


def _named(options: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((_line(label), value) for label, value in options)
