// The boxes people type into: the channel's and the thread's composer, and the editor of an own message.
import { h, icon } from "./dom.js";
import { fromWire, toWire } from "./source.js";

const ROWS = 10;

/** Lets a text area grow with its text up to ten lines, then scroll. */
function grow(area) {
  area.style.height = "auto";
  const line = Number.parseFloat(getComputedStyle(area).lineHeight) || 22;
  area.style.height = `${Math.min(area.scrollHeight + 2, line * ROWS)}px`;
}

/** Sends on Enter, but not on Shift+Enter nor while an input method is composing a character. */
function onEnter(event, send) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  send();
}

/** A composer is built once and told where it writes by `aim`; drafts stay with their place. */
export class Composer {
  constructor({ testid, label, onsend }) {
    this.drafts = new Map();
    this.place = "";
    this.onsend = onsend;
    this.area = h("textarea", { rows: 1, "data-testid": testid, "aria-label": label, oninput: () => this.changed(), onkeydown: (event) => onEnter(event, () => this.send()) });
    this.button = h("button", { type: "submit", class: "send", "aria-label": "Send", title: "Send" }, icon("send"));
    this.note = h("p", { class: "composer-note", role: "status" });
    const onsubmit = (event) => {
      event.preventDefault();
      this.send();
    };
    this.node = h("form", { class: "composer", onsubmit }, h("div", { class: "composer-box" }, this.area, this.button), this.note);
    this.changed();
  }

  /** Points the composer at a place (any string), bringing back the draft left there. */
  aim(place, placeholder) {
    if (this.area.placeholder !== placeholder) {
      this.area.placeholder = placeholder;
      this.area.setAttribute("aria-label", placeholder);
    }
    if (place === this.place) return;
    this.drafts.set(this.place, this.area.value);
    this.place = place;
    this.fill(this.drafts.get(place) ?? "");
  }

  fill(text, focus = false) {
    this.area.value = text;
    this.changed();
    if (focus) this.area.focus();
  }

  changed() {
    this.say("");
    this.button.disabled = !this.area.value.trim();
    if (this.area.isConnected) grow(this.area);
  }

  /** A line under the box; empty restores the hint. */
  say(text) {
    this.note.classList.toggle("error", Boolean(text));
    this.note.textContent = text || "Enter sends, Shift+Enter makes a new line";
  }

  async send() {
    const text = this.area.value.trim();
    if (!text) return;
    const place = this.place;
    this.fill("");
    const problem = await this.onsend(text);
    if (!problem) return;
    if (this.place === place && !this.area.value) this.fill(text);
    this.say(problem);
  }
}

/** The editor that stands in for an own message while it is changed. */
export function editor(message, channel, app) {
  const area = h("textarea", { rows: 1, "data-testid": "editor", "aria-label": "Edit message", oninput: () => grow(area), onkeydown: keys });
  const save = async () => {
    const text = toWire(area.value.trim(), app.workspace);
    if (text && text !== message.text) await app.act("edit", { channel, ts: message.ts, text });
    app.edit(null);
  };
  function keys(event) {
    if (event.key === "Escape") app.edit(null);
    else onEnter(event, save);
  }
  area.value = fromWire(message.text, app.workspace);
  requestAnimationFrame(() => {
    grow(area);
    area.focus();
  });
  return h("div", { class: "editor" }, area, h("div", { class: "editor-foot" },
    h("button", { type: "button", class: "button", text: "Cancel", onclick: () => app.edit(null) }),
    h("button", { type: "button", class: "button primary", text: "Save", onclick: save })));
}
