// Renders Block Kit's layout blocks; an unknown block names itself rather than vanish.
import { h } from "./dom.js";
import { interactive, textNodes } from "./elements.js";
import { markdown, richText } from "./markdown.js";
import { mrkdwn } from "./mrkdwn.js";

/** Renders blocks in order. `context.act` sends clicks; `context.input(block)` renders input blocks, in views only. */
export function renderBlocks(blocks, context, app) {
  return (blocks ?? []).map((block) => h("div", { class: `block block-${kindOf(block)}` }, renderBlock(block, context, app)));
}

function kindOf(block) {
  return String(block.type).replace(/[^a-z_]/g, "");
}

function renderBlock(block, context, app) {
  const render = RENDERERS[block.type];
  return render ? render(block, context, app) : h("p", { class: "muted", text: `[${block.type}]` });
}

const RENDERERS = {
  header: (block, _, app) => h("h3", {}, textNodes(block.text, app)),
  divider: () => h("hr"),
  section,
  context: (block, _, app) => (block.elements ?? []).map((each) => h("span", { class: "context-part" }, contextPart(each, app))),
  actions: (block, context, app) => (block.elements ?? []).map((each) => control(each, block, context, app)),
  input: (block, context) => context.input?.(block) ?? h("p", { class: "muted", text: block.label?.text ?? "[input]" }),
  markdown: (block, _, app) => markdown(block.text, app),
  rich_text: (block, _, app) => richText(block, app),
  image: (block) => h("p", { class: "muted", text: `[image: ${block.alt_text ?? ""}]` }),
};

function section(block, context, app) {
  const fields = (block.fields ?? []).map((field) => h("div", { class: "field" }, textBlock(field, app)));
  return [
    h("div", { class: "section-text" }, block.text && textBlock(block.text, app), fields.length ? h("div", { class: "fields" }, fields) : null),
    block.accessory && h("div", { class: "accessory" }, control(block.accessory, block, context, app)),
  ];
}

function control(element, block, context, app) {
  return context.field?.(element, block) ?? interactive(element, block, context, app);
}

function contextPart(element, app) {
  return element.type === "image" ? `[image: ${element.alt_text ?? ""}]` : textBlock(element, app);
}

/** A Slack text object with its line breaks; plain text stays plain but for emoji. */
export function textBlock(object, app) {
  if (object.type === "mrkdwn") return mrkdwn(object.text, app, object.verbatim === true);
  return h("p", {}, String(object.text ?? "").split("\n").flatMap((line, index) => [index ? "\n" : "", ...textNodes({ ...object, text: line }, app)]));
}
