// Renders the interactive elements that act at once when used: buttons, overflow menus and selects.
import { h, icon } from "./dom.js";
import { inline, mrkdwn, plain } from "./mrkdwn.js";
import { confirmDialog, popMenu } from "./menu.js";

/** The nodes of a Slack text object, one line (buttons, labels, options). */
export function textNodes(object, app) {
  if (!object) return [];
  return object.type === "mrkdwn" ? inline(object.text ?? "", app) : plain(object.text ?? "");
}

/**
 * One element inside a section or actions block. `context.act(element, block, value)` sends the click;
 * in a view, `context.field(element, block)` may render it as a field whose value is kept.
 */
export function interactive(element, block, context, app) {
  if (element.type === "button") return button(element, block, context, app);
  if (element.type === "overflow") return overflow(element, block, context, app);
  if (element.type === "image") return h("span", { class: "image-alt", text: `[image: ${element.alt_text ?? ""}]` });
  if (/select$/.test(element.type) && options(element, app).length) return select(element, block, context, app);
  return h("span", { class: "muted", text: element.placeholder?.text ?? `[${element.type}]` });
}

function button(element, block, context, app) {
  const style = ["primary", "danger"].includes(element.style) ? element.style : "";
  const props = {
    type: "button",
    class: `button ${style}`,
    "data-testid": `button-${element.action_id}`,
    "aria-label": element.accessibility_label,
  };
  const node = h("button", { ...props, onclick: () => use(node, element, block, element.value, context, app) }, textNodes(element.text, app));
  if (element.url) node.append(" ↗");
  return node;
}

/** Confirms when asked to, then sends; the control is shut meanwhile so that one click is one click. */
async function use(node, element, block, value, context, app) {
  if (element.confirm && !(await confirmed(element.confirm, app))) return false;
  if (element.url && /^https?:/i.test(element.url) && !app.openPermalink(element.url)) open(element.url, "_blank", "noopener");
  node.disabled = true;
  node.setAttribute("aria-busy", "true");
  try {
    await context.act(element, block, value);
  } finally {
    node.disabled = false;
    node.removeAttribute("aria-busy");
  }
  return true;
}

function confirmed(confirm, app) {
  return confirmDialog({
    title: confirm.title?.text ?? "Are you sure?",
    body: confirm.text?.type === "mrkdwn" ? mrkdwn(confirm.text.text, app) : h("p", { text: confirm.text?.text ?? "" }),
    yes: confirm.confirm?.text,
    no: confirm.deny?.text,
    danger: confirm.style === "danger",
  });
}

function overflow(element, block, context, app) {
  const entries = (element.options ?? []).map((option) => ({
    label: option.text?.text ?? option.value,
    testid: `option-${option.value}`,
    run: () => use(node, element, block, option.value, context, app),
  }));
  const props = { type: "button", class: "button square", "aria-label": "More options", "aria-haspopup": "menu" };
  const node = h("button", { ...props, "data-testid": `button-${element.action_id}`, onclick: () => popMenu(node, entries) }, icon("more"));
  return node;
}

/** A select as [{label, value, group}], its people and channels looked up where Slack would. */
export function options(element, app) {
  const plain = (option, group) => ({ label: option.text?.text ?? option.value, value: option.value, option, group });
  if (element.option_groups) return element.option_groups.flatMap((group) => group.options.map((each) => plain(each, group.label?.text)));
  if (element.options) return element.options.map((each) => plain(each));
  if (/users_select$/.test(element.type)) return app.workspace.people().map((user) => ({ label: user.real_name || user.name, value: user.id }));
  if (!/(channels|conversations)_select$/.test(element.type)) return [];
  return app.workspace.visibleChannels(app.ui.me).map((channel) => ({ label: `#${channel.name}`, value: channel.id }));
}

/** A native select for an element's options, with nothing chosen unless `chosen` (a set of values) says so. */
export function selectNode(element, chosen, props, app) {
  const many = element.type.startsWith("multi_");
  const choose = h("option", { value: "", text: element.placeholder?.text ?? "Choose…" });
  const groups = new Map();
  for (const each of options(element, app)) {
    const node = h("option", { value: each.value, text: each.label, selected: chosen.has(each.value) });
    groups.set(each.group, [...(groups.get(each.group) ?? []), node]);
  }
  const children = [...groups].map(([label, nodes]) => (label ? h("optgroup", { label }, nodes) : nodes));
  return h("select", { class: "select", multiple: many, ...props }, many ? null : choose, children);
}

function select(element, block, context, app) {
  const first = element.initial_option?.value ?? element.initial_channel ?? element.initial_conversation ?? element.initial_user;
  const props = { "aria-label": element.placeholder?.text ?? "Choose", "data-testid": `select-${element.action_id}` };
  let last = first ?? "";
  const onchange = async () => {
    if (node.value && (await use(node, element, block, node.value, context, app))) last = node.value;
    else node.value = last;
  };
  const node = selectNode(element, new Set(first ? [first] : []), { ...props, onchange }, app);
  return node;
}
