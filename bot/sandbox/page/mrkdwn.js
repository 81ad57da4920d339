// Turns Slack's mrkdwn into DOM nodes; whatever it does not understand stays visible as plain text.
import { h } from "./dom.js";
import { emoji } from "./emoji.js";

const FENCE = /```\n?([\s\S]*?)```/;
const QUOTE = /^(?:&gt;|>)\s?/;
const BULLET = /^\s*[•◦▪*-]\s+/;
const NUMBER = /^\s*\d{1,3}\.\s+/;
const INLINE = new RegExp(
  [
    "`(?<code>[^`\\n]+)`",
    "<(?<angle>[^<>\\n]+)>",
    "(?<![\\w*])\\*(?=\\S)(?<bold>[^*\\n]+)(?<=\\S)\\*(?![\\w*])",
    "(?<![\\w_])_(?=\\S)(?<italic>[^_\\n]+)(?<=\\S)_(?![\\w_])",
    "(?<![\\w~])~(?=\\S)(?<strike>[^~\\n]+)(?<=\\S)~(?![\\w~])",
    ":(?<emoji>[a-z0-9_+'-]+(?:::skin-tone-\\d)?):",
    "(?<url>https?:\\/\\/[^\\s<>]+)",
  ].join("|"),
  "g",
);

/** Undoes the three entities Slack writes; nothing else is an entity there. */
export function decode(text) {
  return text.replace(/&(lt|gt|amp);/g, (_, name) => ({ lt: "<", gt: ">", amp: "&" })[name]);
}

/** Block-level mrkdwn: an array of nodes. `app` resolves names and opens permalinks; `verbatim` makes no links of bare addresses. */
export function mrkdwn(text, app, verbatim = false) {
  return String(text ?? "").split(FENCE).flatMap((part, index) => {
    if (index % 2) return [h("pre", { class: "code-block" }, h("code", { text: plainCode(part) }))];
    return part.trim() ? lines(part.replace(/^\n|\n$/g, ""), (line) => inline(line, app, verbatim)) : [];
  });
}

/** Groups lines into quotes (which do not nest), lists and paragraphs; `render` turns one line's text into nodes. */
export function lines(text, render, quoted = false) {
  const groups = [];
  for (const line of text.split("\n")) {
    const kind = !quoted && QUOTE.test(line) ? "quote" : BULLET.test(line) ? "ul" : NUMBER.test(line) ? "ol" : "p";
    const last = groups.at(-1);
    if (last?.kind === kind) last.lines.push(line);
    else groups.push({ kind, lines: [line] });
  }
  return groups.map((group) => block(group, render));
}

function block({ kind, lines: rows }, render) {
  if (kind === "quote") return h("blockquote", {}, lines(rows.map((row) => row.replace(QUOTE, "")).join("\n"), render, true));
  if (kind === "p") return h("p", {}, rows.flatMap((row, index) => (index ? ["\n", ...render(row)] : render(row))));
  const mark = kind === "ul" ? BULLET : NUMBER;
  const start = kind === "ol" ? Number.parseInt(rows[0], 10) : undefined;
  return h(kind, { start }, rows.map((row) => h("li", {}, render(row.replace(mark, "")))));
}

/** Inline mrkdwn of one line: an array of nodes and strings. */
export function inline(text, app, verbatim = false) {
  return scan(text, INLINE, (groups) => inlineNode(groups, app, verbatim), decode);
}

/** A plain_text object's text: only emoji names mean anything in it. */
export function plain(text) {
  return scan(text, /:(?<emoji>[a-z0-9_+'-]+):/g, (groups) => emojiNode(groups.emoji), decode);
}

/** Runs one regex over a text; `make(groups)` gives a node, or null to leave the match as it stands. */
export function scan(text, pattern, make, leaf) {
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    const node = make(match.groups);
    if (node === null) continue;
    if (match.index > at) nodes.push(leaf(text.slice(at, match.index)));
    nodes.push(node);
    at = match.index + match[0].length;
  }
  if (at < text.length) nodes.push(leaf(text.slice(at)));
  return nodes;
}

function inlineNode(groups, app, verbatim) {
  if (groups.code !== undefined) return h("code", { text: plainCode(groups.code) });
  if (groups.angle !== undefined) return angle(groups.angle, app);
  if (groups.bold !== undefined) return h("strong", {}, inline(groups.bold, app, verbatim));
  if (groups.italic !== undefined) return h("em", {}, inline(groups.italic, app, verbatim));
  if (groups.strike !== undefined) return h("s", {}, inline(groups.strike, app, verbatim));
  if (groups.emoji !== undefined) return emojiNode(groups.emoji);
  return verbatim ? null : bareLink(groups.url, app);
}

/** An emoji as text with its name, or null when the name is unknown. */
export function emojiNode(name) {
  const character = emoji(name);
  return character ? h("span", { class: "emoji", role: "img", "aria-label": name, title: `:${name}:`, text: character }) : null;
}

function angle(body, app) {
  const bar = body.indexOf("|");
  const target = bar < 0 ? body : body.slice(0, bar);
  const label = bar < 0 ? "" : body.slice(bar + 1);
  if (target.startsWith("@")) return mention(`@${app.workspace.userName(target.slice(1)) || label || target.slice(1)}`, target.slice(1) === app.ui.me);
  if (target.startsWith("#")) return channelMention(target.slice(1), label, app);
  if (target.startsWith("!subteam^")) return mention(`@${app.workspace.groupHandle(target.slice(9)) || label.replace(/^@/, "") || "group"}`, false);
  if (target.startsWith("!date^")) return h("span", { text: decode(label) });
  if (target.startsWith("!")) return mention(`@${decode(label || target.slice(1))}`, false);
  return link(decode(target), label ? inline(label, app) : [decode(target).replace(/^mailto:/, "")], app);
}

function mention(text, mine) {
  return h("span", { class: mine ? "mention mine" : "mention", text });
}

function channelMention(id, label, app) {
  const channel = app.workspace.channels.get(id);
  const text = `#${channel?.name ?? decode(label || id)}`;
  return channel ? h("button", { type: "button", class: "mention", text, onclick: () => app.openChannel(id) }) : mention(text, false);
}

function bareLink(url, app) {
  const clean = url.replace(/[.,;:!?)\]}'"*_~]+$/, "");
  const rest = url.slice(clean.length);
  const anchor = link(decode(clean), [decode(clean)], app);
  return anchor && rest ? h("span", {}, anchor, decode(rest)) : anchor;
}

/** A link, only for web and mail addresses (null otherwise); a permalink to a known message opens it here. */
export function link(url, children, app) {
  if (!/^(https?:\/\/|mailto:)\S+$/i.test(url)) return null;
  const onclick = (event) => {
    if (app.openPermalink(url)) event.preventDefault();
  };
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer", title: url, onclick }, children);
}

function plainCode(text) {
  return decode(text.replace(/<((?:https?:|mailto:)[^<>|\s]+)(?:\|([^<>]*))?>/g, (_, url, label) => label ?? url));
}
