// Renders a view's fields and reads them back in the shape Slack gives to `view.state.values`.
import { h } from "./dom.js";
import { options, selectNode, textNodes } from "./elements.js";

const TEXT_TYPES = { plain_text_input: "text", number_input: "number", email_text_input: "email", url_text_input: "url", datepicker: "date", timepicker: "time" };

/** The fields of one open view; it outlives a re-render, so that an updated view keeps what was typed. */
export class Fields {
  constructor(app) {
    this.app = app;
    this.read = new Map();
    this.kept = {};
    this.required = [];
  }

  /** Remembers the present values and forgets the nodes; call before drawing the view anew. */
  restart() {
    this.kept = { ...this.kept, ...this.values() };
    this.read.clear();
    this.required = [];
  }

  /** {block_id: {action_id: value}} of all fields. */
  values() {
    const found = {};
    for (const [[blockId, actionId], read] of this.read) found[blockId] = { ...found[blockId], [actionId]: read() };
    return found;
  }

  /** {block_id: message} for required fields that are still empty. */
  missing() {
    const values = this.values();
    const empty = this.required.filter(([block, action]) => isEmpty(values[block]?.[action]));
    return Object.fromEntries(empty.map(([block]) => [block, "Please fill in this field."]));
  }

  /** An input block with label, hint and a place for its error. */
  input(block) {
    const element = block.element;
    const id = `field-${block.block_id}-${element.action_id}`.replace(/[^\w-]/g, "_");
    if (!block.optional) this.required.push([block.block_id, element.action_id]);
    const grouped = ["radio_buttons", "checkboxes"].includes(element.type);
    const field = this.field(element, block, id) ?? h("p", { class: "muted", text: `[${element.type}]` });
    const label = [textNodes(block.label, this.app), block.optional ? h("span", { class: "muted", text: " (optional)" }) : null];
    const rest = [
      field,
      block.hint ? h("p", { class: "hint", id: `${id}-hint` }, textNodes(block.hint, this.app)) : null,
      h("p", { class: "field-error", id: `${id}-error`, role: "alert", "data-error-for": block.block_id }),
    ];
    if (grouped) return h("fieldset", {}, h("legend", {}, label), rest);
    return [h("label", { for: id }, label), rest];
  }

  /** The field for an element that keeps a value; null when the element is a button or the like. */
  field(element, block, id) {
    const kept = this.kept[block.block_id]?.[element.action_id];
    const key = [block.block_id, element.action_id];
    const props = { id, "data-testid": `input-${element.action_id}`, "aria-describedby": id ? `${id}-error ${id}-hint` : undefined };
    if (TEXT_TYPES[element.type]) return this.text(element, kept, key, props);
    if (element.type === "radio_buttons" || element.type === "checkboxes") return this.ticks(element, kept, key, id);
    return id && /select$/.test(element.type) ? this.select(element, kept, key, props) : null;
  }

  text(element, kept, key, props) {
    const initial = element.initial_value ?? element.initial_date ?? element.initial_time ?? "";
    const member = { datepicker: "selected_date", timepicker: "selected_time" }[element.type] ?? "value";
    const shared = { ...props, class: "text-field", placeholder: element.placeholder?.text, maxlength: element.max_length, "data-member": member };
    const node = element.multiline ? h("textarea", { ...shared, rows: 4 }) : h("input", { ...shared, type: TEXT_TYPES[element.type], step: "any" });
    node.value = kept?.[member] ?? initial;
    this.read.set(key, () => ({ type: element.type, [member]: node.value || null }));
    return node;
  }

  ticks(element, kept, key, id) {
    const many = element.type === "checkboxes";
    const first = kept ? (kept.selected_options ?? [kept.selected_option]) : (element.initial_options ?? [element.initial_option]);
    const chosen = new Set(first.filter(Boolean).map((option) => option.value));
    const name = id ?? `${key.join("-")}`;
    const ticks = (element.options ?? []).map((option) => {
      const node = h("input", { type: many ? "checkbox" : "radio", name, value: option.value, checked: chosen.has(option.value) });
      const note = option.description ? h("span", { class: "muted" }, textNodes(option.description, this.app)) : null;
      return { option, node, row: h("label", { class: "tick", "data-testid": `option-${option.value}` }, node, h("span", {}, textNodes(option.text, this.app), note)) };
    });
    this.read.set(key, () => {
      const on = ticks.filter((tick) => tick.node.checked).map((tick) => tick.option);
      return many ? { type: element.type, selected_options: on } : { type: element.type, selected_option: on[0] ?? null };
    });
    return h("div", { class: "ticks", "data-testid": `input-${element.action_id}` }, ticks.map((tick) => tick.row));
  }

  select(element, kept, key, props) {
    const all = options(element, this.app);
    if (!all.length) return null;
    const before = kept ? Object.entries(kept).filter(([name]) => name !== "type").flatMap(([, value]) => value) : initial(element);
    const chosen = new Set(before.filter(Boolean).map((each) => each.value ?? each));
    const node = selectNode(element, chosen, props, this.app);
    this.read.set(key, () => selected(element.type, all.filter((each) => [...node.selectedOptions].some((option) => option.value === each.value))));
    return node;
  }
}

function initial(element) {
  const many = element.initial_options ?? element.initial_users ?? element.initial_channels ?? element.initial_conversations;
  return many ?? [element.initial_option ?? element.initial_user ?? element.initial_channel ?? element.initial_conversation];
}

function selected(type, chosen) {
  const what = /(user|channel|conversation)s_select$/.exec(type)?.[1] ?? "option";
  const values = chosen.map((each) => each.option ?? each.value);
  return type.startsWith("multi_") ? { type, [`selected_${what}s`]: values } : { type, [`selected_${what}`]: values[0] ?? null };
}

function isEmpty(value) {
  if (!value) return true;
  return Object.entries(value).every(([name, each]) => name === "type" || each === null || each === "" || (Array.isArray(each) && !each.length));
}
