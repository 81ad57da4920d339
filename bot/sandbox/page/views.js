// Shows the app's views: the modal on top of the page and the Home tab.
import { h, iconButton } from "./dom.js";
import { renderBlocks } from "./blocks.js";
import { textNodes } from "./elements.js";
import { Fields } from "./fields.js";

/** The one modal of the person spoken as; a newer view covers an older one. */
export class Modals {
  constructor(app) {
    this.app = app;
    this.shown = null;
  }

  draw() {
    const mine = this.app.workspace.views.filter((each) => each.user === this.app.ui.me && each.view?.type !== "home");
    const top = mine.at(-1) ?? null;
    if (!top || top.id !== this.shown?.id) this.close();
    if (!top) return;
    const signature = JSON.stringify([top.view, top.errors]);
    if (this.shown?.signature === signature) return;
    const opened = !this.shown;
    if (opened) this.open(top.id);
    const before = this.shown.view;
    Object.assign(this.shown, { signature, view: JSON.stringify(top.view) });
    if (this.shown.view !== before) this.fill(top.view, opened);
    if (Object.keys(top.errors).length) showErrors(this.shown.dialog, top.errors);
  }

  open(id) {
    const dialog = h("dialog", { class: "dialog", "data-testid": "modal", "aria-labelledby": "modal-title" });
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.dismiss();
    });
    document.body.append(dialog);
    this.shown = { id, dialog, fields: new Fields(this.app) };
    dialog.showModal();
  }

  close() {
    this.shown?.dialog.remove();
    this.shown = null;
  }

  dismiss() {
    return this.app.act("close_view", { view_id: this.shown.id });
  }

  fill(view, opened) {
    const { dialog, fields, id } = this.shown;
    fields.restart();
    const context = {
      act: (element, block, value) => this.app.act("view_click", { view_id: id, action_id: element.action_id, value }),
      input: (block) => fields.input(block),
      field: (element, block) => fields.field(element, block),
    };
    const submit = h("button", { type: "submit", class: "button primary", "data-testid": "modal-submit" }, textNodes(view.submit, this.app));
    const onsubmit = (event) => {
      event.preventDefault();
      this.submit(submit);
    };
    dialog.replaceChildren(h("form", { novalidate: true, onsubmit },
      h("header", { class: "dialog-head" }, h("h2", { id: "modal-title" }, textNodes(view.title, this.app)), iconButton("close", "Close", () => this.dismiss(), { "data-testid": "modal-x" })),
      h("div", { class: "dialog-body", tabindex: "-1" }, renderBlocks(view.blocks, context, this.app)),
      h("footer", { class: "dialog-foot" },
        h("button", { type: "button", class: "button", "data-testid": "modal-close", onclick: () => this.dismiss() }, view.close ? textNodes(view.close, this.app) : view.submit ? "Cancel" : "Close"),
        view.submit ? submit : null)));
    if (opened) (dialog.querySelector(".dialog-body :is(input, textarea, select)") ?? dialog.querySelector(".dialog-body")).focus();
  }

  async submit(button) {
    const { id, fields, dialog } = this.shown;
    const missing = fields.missing();
    if (Object.keys(missing).length) return showErrors(dialog, missing);
    const known = this.app.workspace.views.find((each) => each.id === id);
    if (known) known.errors = {};
    showErrors(dialog, {});
    button.disabled = true;
    const answer = await this.app.act("submit_view", { view_id: id, values: fields.values() }, true);
    button.disabled = false;
    if (answer.ok) return undefined;
    if (answer.errors) return showErrors(dialog, answer.errors);
    return this.app.complain(answer);
  }
}

/** Writes each message under its block and takes the reader to the first. */
function showErrors(dialog, errors) {
  let first = null;
  for (const slot of dialog.querySelectorAll(".field-error")) {
    const text = errors[slot.dataset.errorFor] ?? "";
    slot.textContent = text;
    const field = slot.parentElement.querySelector("input, textarea, select");
    field?.setAttribute("aria-invalid", String(Boolean(text)));
    if (text) first ??= field;
  }
  first?.focus();
}

/** The Home tab: drawn anew only when the published view changed. */
export class Home {
  constructor(app) {
    this.app = app;
    this.node = h("div", { class: "home", "data-testid": "home" });
  }

  draw() {
    const view = this.app.workspace.homes.get(this.app.ui.me);
    const signature = JSON.stringify([view ?? null, this.app.ui.me]);
    if (this.node.signature === signature) return;
    this.node.signature = signature;
    if (!view) {
      this.node.replaceChildren(h("p", { class: "empty", text: "Vigil has not published a home page for this person yet." }));
      return;
    }
    const fields = new Fields(this.app);
    const context = {
      act: (element, block, value) => this.app.act("view_click", { view_id: view.id, action_id: element.action_id, value }),
      input: (block) => fields.input(block),
      field: () => null,
    };
    this.node.replaceChildren(h("div", { class: "home-page" }, renderBlocks(view.blocks, context, this.app)));
  }
}
