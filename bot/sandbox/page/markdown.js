// Renders the two other text dialects of Block Kit: the `markdown` block and `rich_text`.
import { h } from "./dom.js";
import { emojiNode, lines, link, scan } from "./mrkdwn.js";

const FENCE = /```[^\n`]*\n([\s\S]*?)```/;
const HEADING = /^(#{1,6})\s+(.*)$/;
const INLINE = new RegExp(
  [
    "`(?<code>[^`\\n]+)`",
    "\\*\\*(?=\\S)(?<bold>[^\\n]+?)\\*\\*",
    "~~(?=\\S)(?<strike>[^~\\n]+)~~",
    "(?<![\\w*])\\*(?=\\S)(?<star>[^*\\n]+)\\*(?!\\w)",
    "(?<![\\w_])_(?=\\S)(?<under>[^_\\n]+)_(?!\\w)",
    "\\[(?<label>[^\\[\\]\\n]+)\\]\\((?<target>[^()\\s]+)\\)",
    "<(?<angle>https?:[^<>\\s]+)>",
    ":(?<emoji>[a-z0-9_+'-]+):",
    "(?<url>https?:\\/\\/[^\\s<>()]*[^\\s<>().,;:!?'\"])",
  ].join("|"),
  "g",
);

/** Standard Markdown in its common parts: headings, lists, quotes, fences, tables, emphasis, links. */
export function markdown(text, app) {
  return String(text ?? "").split(FENCE).flatMap((part, index) => {
    if (index % 2) return [h("pre", { class: "code-block" }, h("code", { text: part.replace(/\n$/, "") }))];
    return part.split(/\n{2,}/).filter((each) => each.trim()).flatMap((each) => paragraph(each.replace(/^\n|\n$/g, ""), app));
  });
}

function paragraph(text, app) {
  const rows = text.split("\n");
  const heading = HEADING.exec(rows[0]);
  if (heading) {
    const rest = rows.slice(1).join("\n");
    return [h("p", { class: "md-heading" }, inline(heading[2], app)), ...(rest.trim() ? paragraph(rest, app) : [])];
  }
  if (/^-{3,}$|^\*{3,}$/.test(text.trim())) return [h("hr")];
  if (rows.length > 1 && /^\s*\|?[\s:|-]+\|[\s:|-]*$/.test(rows[1])) return [table(rows, app)];
  return lines(text, (line) => inline(line, app));
}

function table(rows, app) {
  const cells = (row) => row.trim().replace(/^\||\|$/g, "").split("|").map((cell) => inline(cell.trim(), app));
  const head = h("tr", {}, cells(rows[0]).map((cell) => h("th", { scope: "col" }, cell)));
  const body = rows.slice(2).map((row) => h("tr", {}, cells(row).map((cell) => h("td", {}, cell))));
  return h("div", { class: "table-wrap" }, h("table", {}, h("thead", {}, head), h("tbody", {}, body)));
}

function inline(text, app) {
  return scan(text, INLINE, (groups) => inlineNode(groups, app), signs);
}

/** Text with its numbered characters (`&#40;`) as themselves: none of them is markup any more. */
function signs(text) {
  return text.replace(/&#(\d{1,6});/g, (_, number) => String.fromCodePoint(Number(number)));
}

function inlineNode(groups, app) {
  if (groups.code !== undefined) return h("code", { text: groups.code });
  if (groups.bold !== undefined) return h("strong", {}, inline(groups.bold, app));
  if (groups.strike !== undefined) return h("s", {}, inline(groups.strike, app));
  if (groups.label !== undefined) return link(groups.target, inline(groups.label, app), app);
  if (groups.emoji !== undefined) return emojiNode(groups.emoji);
  const url = groups.angle ?? groups.url;
  return url !== undefined ? link(url, [url], app) : h("em", {}, inline(groups.star ?? groups.under, app));
}

/** A `rich_text` block: an array of nodes. */
export function richText(block, app) {
  return (block.elements ?? []).map((part) => richPart(part, app));
}

function richPart(part, app) {
  const children = (part.elements ?? []).map((each) => richPartOrLeaf(each, app));
  if (part.type === "rich_text_preformatted") return h("pre", { class: "code-block" }, h("code", {}, children));
  if (part.type === "rich_text_quote") return h("blockquote", {}, children);
  if (part.type === "rich_text_list") {
    return h(part.style === "ordered" ? "ol" : "ul", {}, children.map((child) => h("li", {}, child)));
  }
  return h("p", {}, children);
}

function richPartOrLeaf(element, app) {
  return element.type?.startsWith("rich_text_") ? richPart(element, app) : richLeaf(element, app);
}

function richLeaf(element, app) {
  const space = app.workspace;
  if (element.type === "link") return link(element.url, [element.text || element.url], app) ?? element.url;
  if (element.type === "user") return h("span", { class: "mention", text: `@${space.userName(element.user_id) || element.user_id}` });
  if (element.type === "usergroup") return h("span", { class: "mention", text: `@${space.groupHandle(element.usergroup_id) || "group"}` });
  if (element.type === "channel") return h("span", { class: "mention", text: `#${space.channels.get(element.channel_id)?.name ?? element.channel_id}` });
  if (element.type === "broadcast") return h("span", { class: "mention", text: `@${element.range}` });
  if (element.type === "emoji") return emojiNode(element.name) ?? `:${element.name}:`;
  const tags = { code: "code", bold: "strong", italic: "em", strike: "s" };
  return Object.entries(tags).reduce((node, [style, tag]) => (element.style?.[style] ? h(tag, {}, node) : node), element.text ?? "");
}
