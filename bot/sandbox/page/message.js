// Draws one message: author, text or blocks, reactions, its thread's summary and the actions on it.
import { h, icon, iconButton } from "./dom.js";
import { renderBlocks } from "./blocks.js";
import { emoji, QUICK } from "./emoji.js";
import { permalink } from "./links.js";
import { mrkdwn } from "./mrkdwn.js";
import { confirmDialog, notice, popMenu } from "./menu.js";
import { editor } from "./composer.js";

const QUIET = new Set(["channel_join", "channel_leave", "group_join", "group_leave", "channel_topic", "channel_purpose", "channel_name"]);
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

/** An item for `reconcile`. `place` is {channel, compact, thread} with thread = {count, last, people} or null. */
export function messageItem(message, place, app) {
  const editing = app.ui.editing === `${place.channel}/${message.ts}`;
  const shown = [message, app.ui.me, place, app.ui.thread === message.ts, app.workspace.users.size];
  return {
    key: `${message.ephemeral ? "note" : "message"}-${message.ts}`,
    signature: editing ? "editing" : JSON.stringify(shown),
    render: () => draw(message, place, editing, app),
  };
}

function draw(message, place, editing, app) {
  const author = app.workspace.author(message);
  const quiet = QUIET.has(message.subtype) || message.subtype === "tombstone";
  const classes = ["message", place.compact && "compact", message.ephemeral && "ephemeral", quiet && "quiet"];
  const testid = message.ephemeral ? "ephemeral" : `message-${message.ts}`;
  const body = editing ? editor(message, place.channel, app) : [content(message, place, app), reactions(message, place, app), threadLine(message, place, app)];
  return h("article", { class: classes.filter(Boolean).join(" "), tabindex: "0", "data-testid": testid, "aria-label": `${author.name}, ${timeOf(message.ts)}` },
    message.ephemeral ? h("p", { class: "only-you" }, icon("eye"), "Only visible to you") : null,
    h("div", { class: "gutter" }, place.compact ? time(message.ts) : avatar(author)),
    h("div", { class: "main" }, place.compact ? null : byline(message, author), body),
    editing || quiet ? null : toolbar(message, place, app));
}

function byline(message, author) {
  return h("div", { class: "byline" },
    h("span", { class: "author", text: author.name }),
    author.app ? h("span", { class: "badge", text: "APP" }) : null,
    time(message.ts),
    message.subtype === "thread_broadcast" ? h("span", { class: "muted", text: "replied to a thread" }) : null);
}

/** A square with initials, or Vigil's mark. */
export function avatar({ id, name, mark }) {
  const hue = [...id].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 997, 7) % 8;
  const initials = name.split(/[\s._-]+/).filter(Boolean).slice(0, 2).map((word) => [...word][0]).join("").toUpperCase();
  return h("span", { class: mark ? "avatar mark" : `avatar hue-${hue}`, "aria-hidden": "true" }, mark ? icon("spark") : initials);
}

function time(ts) {
  const date = new Date(Number(ts) * 1000);
  return h("time", { datetime: date.toISOString(), title: full.format(date), text: clock.format(date) });
}

/** HH:MM in the reader's own zone. */
export function timeOf(ts) {
  return clock.format(new Date(Number(ts) * 1000));
}

function content(message, place, app) {
  const context = {
    act: (element, block, value) => app.act("click", { channel: place.channel, ts: message.ts, action_id: element.action_id, value, block_id: block.block_id }),
  };
  const body = bodyOrText(message, context, app);
  const quoted = (message.attachments ?? []).map((each) => h("blockquote", {}, each.blocks ? renderBlocks(each.blocks, context, app) : mrkdwn(each.text ?? each.fallback, app)));
  const files = (message.files ?? []).map((file) => h("span", { class: "file" }, icon("file"), file.name ?? file.title ?? "file"));
  const dismiss = h("button", { type: "button", class: "link", text: "Dismiss", onclick: () => app.dismiss(message, place.channel) });
  return h("div", { class: "content" }, body, quoted, files,
    message.edited ? h("span", { class: "edited", text: "(edited)" }) : null,
    message.ephemeral ? dismiss : null);
}

/** Blocks, else text; blocks that cannot be drawn give way to the plain text rather than blank the page. */
function bodyOrText(message, context, app) {
  try {
    return message.blocks?.length ? renderBlocks(message.blocks, context, app) : mrkdwn(message.text, app);
  } catch (error) {
    console.error("could not draw a message", message.ts, error);
    return h("p", { text: String(message.text ?? "") });
  }
}

function reactions(message, place, app) {
  if (!message.reactions?.length) return null;
  const pills = message.reactions.map(({ name, count, users = [] }) => {
    const mine = users.includes(app.ui.me);
    const who = users.map((id) => app.workspace.userName(id) || id).join(", ");
    const props = { class: mine ? "pill mine" : "pill", title: `${who} reacted with :${name}:`, "aria-pressed": String(mine), "data-testid": `reaction-${name}` };
    const label = `${name}, ${count} ${count === 1 ? "reaction" : "reactions"}`;
    const toggle = () => app.act(mine ? "unreact" : "react", { channel: place.channel, ts: message.ts, name });
    return h("button", { type: "button", "aria-label": label, ...props, onclick: toggle }, h("span", { class: "emoji", text: emoji(name) ?? `:${name}:` }), h("span", { text: count }));
  });
  return h("div", { class: "pills" }, pills);
}

function threadLine(message, place, app) {
  if (!place.thread) return null;
  const { count, last, people } = place.thread;
  const faces = people.slice(0, 3).map((id) => avatar({ id, name: app.workspace.userName(id) || "?", mark: id === app.workspace.appUser }));
  return h("button", { type: "button", class: "thread-line", "data-testid": `thread-${message.ts}`, onclick: () => app.openThread(message.ts) },
    h("span", { class: "faces" }, faces),
    h("strong", { text: `${count} ${count === 1 ? "reply" : "replies"}` }),
    h("span", { class: "muted", text: `last at ${timeOf(last)}` }));
}

function toolbar(message, place, app) {
  if (message.ephemeral) return null;
  const react = (name) => {
    const mine = message.reactions?.find((each) => each.name === name)?.users?.includes(app.ui.me);
    return app.act(mine ? "unreact" : "react", { channel: place.channel, ts: message.ts, name });
  };
  const quick = QUICK.map((name) => h("button", { type: "button", class: "icon-button", title: `:${name}:`, "aria-label": `React with ${name}`, "data-testid": `react-${name}`, onclick: () => react(name) }, h("span", { class: "emoji", text: emoji(name) })));
  const reply = place.inThread ? null : iconButton("reply", "Reply in thread", () => app.openThread(message.thread_ts ?? message.ts), { "data-testid": "reply" });
  const more = iconButton("more", "More actions", () => popMenu(more, menuEntries(message, place, app)), { "aria-haspopup": "menu", "data-testid": "more" });
  return h("div", { class: "toolbar", role: "toolbar", "aria-label": "Message actions" }, quick, reply, more);
}

function menuEntries(message, place, app) {
  const shortcut = ({ callback_id: id, name }) => ({ label: name, testid: `shortcut-${id}`, run: () => app.act("shortcut", { channel: place.channel, ts: message.ts, callback_id: id }) });
  const entries = [...app.workspace.shortcuts.map(shortcut), null, { label: "Copy link", testid: "copy-link", run: () => copyLink(message, place, app) }];
  if (message.user !== app.ui.me || message.bot_id) return entries;
  const remove = async () => {
    const sure = await confirmDialog({ title: "Delete message", body: h("p", { text: "This message will be gone for everyone." }), yes: "Delete", danger: true });
    if (sure) await app.act("delete", { channel: place.channel, ts: message.ts });
  };
  return [...entries, null, { label: "Edit message", testid: "edit", run: () => app.edit(place.channel, message.ts) }, { label: "Delete message", testid: "delete", danger: true, run: remove }];
}

async function copyLink(message, place, app) {
  const link = permalink(app.workspace, place.channel, message);
  try {
    await navigator.clipboard.writeText(link);
    notice("Link copied");
  } catch {
    await confirmDialog({ title: "Copy this link", body: h("p", {}, h("code", { class: "selectable", text: link })), yes: "Done", no: "Close" });
  }
}
