// A scrolling list of messages with day dividers that keeps its place while new messages come in.
import { atBottom, h, icon, reconcile } from "./dom.js";
import { messageItem } from "./message.js";

const COMPACT_SECONDS = 300;
const PAGE = 200;
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

export class Timeline {
  /** `name` labels the log for assistive technology. */
  constructor(name) {
    this.list = h("div", { class: "list" });
    this.pane = h("div", { class: "pane", role: "log", "aria-label": name, tabindex: "-1", onkeydown: (event) => this.move(event), onscroll: () => this.scrolled() }, this.list);
    this.jump = h("button", { type: "button", class: "jump", hidden: true, onclick: () => this.toEnd() }, icon("down"), "New messages");
    this.node = h("div", { class: "timeline" }, this.pane, this.jump);
    this.place = "";
    this.limit = PAGE;
    this.count = 0;
    new ResizeObserver(() => this.stuck && this.toEnd()).observe(this.pane);
  }

  /** Draws the messages of a place ({key, channel, inThread, threads}); a new place starts at its end. */
  draw(messages, place, app) {
    const moved = place.key !== this.place;
    if (moved) Object.assign(this, { place: place.key, limit: PAGE, stuck: true });
    const end = moved || atBottom(this.pane) || this.stuck;
    const grew = messages.length > this.count && !moved;
    this.count = messages.length;
    reconcile(this.list, this.items(messages, place, app));
    if (end) this.toEnd();
    else if (grew) this.jump.hidden = false;
  }

  items(messages, place, app) {
    const shown = messages.slice(-this.limit);
    const items = shown.length < messages.length ? [this.earlier(messages.length - shown.length, app)] : [];
    if (!messages.length) items.push(empty(place));
    shown.forEach((message, index) => {
      const before = shown[index - 1];
      const fresh = !before || dayOf(before.ts) !== dayOf(message.ts);
      if (fresh && !place.inThread) items.push(divider(message.ts));
      const compact = !fresh && follows(before, message, app.workspace);
      const thread = place.threads?.get(message.ts) ?? null;
      items.push(messageItem(message, { channel: place.channel, inThread: Boolean(place.inThread), compact, thread }, app));
    });
    return items;
  }

  earlier(hidden, app) {
    const onclick = () => {
      const fromEnd = this.pane.scrollHeight - this.pane.scrollTop;
      this.limit += PAGE;
      app.draw();
      this.pane.scrollTop = this.pane.scrollHeight - fromEnd;
    };
    return { key: "earlier", signature: String(hidden), render: () => h("button", { type: "button", class: "button earlier", onclick, text: `Show earlier messages (${hidden})` }) };
  }

  toEnd() {
    this.pane.scrollTop = this.pane.scrollHeight;
    this.jump.hidden = true;
    this.stuck = true;
  }

  scrolled() {
    this.stuck = atBottom(this.pane);
    if (this.stuck) this.jump.hidden = true;
  }

  /** Brings one message into view and marks it for a moment. */
  reveal(ts) {
    const node = this.list.querySelector(`[data-testid="message-${CSS.escape(ts)}"]`);
    if (!node) return;
    this.stuck = false;
    node.scrollIntoView({ block: "center" });
    node.classList.add("flash");
    node.focus({ preventScroll: true });
    setTimeout(() => node.classList.remove("flash"), 2000);
  }

  move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !document.activeElement.classList.contains("message")) return;
    const all = [...this.list.querySelectorAll(".message")];
    all[all.indexOf(document.activeElement) + step]?.focus();
    event.preventDefault();
  }
}

function empty(place) {
  const text = place.inThread ? "" : "Nothing here yet. Write the first message.";
  return { key: "empty", signature: text, render: () => h("p", { class: "empty", text }) };
}

function follows(before, message, workspace) {
  if (before.ephemeral || message.ephemeral || before.subtype || message.subtype) return false;
  const [one, other] = [workspace.author(before), workspace.author(message)];
  return one.id === other.id && one.name === other.name && Number(message.ts) - Number(before.ts) < COMPACT_SECONDS;
}

function dayOf(ts) {
  return new Date(Number(ts) * 1000).toDateString();
}

function divider(ts) {
  const date = new Date(Number(ts) * 1000);
  const ago = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / 86_400_000);
  const other = date.getFullYear() === new Date().getFullYear() ? day.format(date) : `${day.format(date)} ${date.getFullYear()}`;
  const label = { 0: "Today", 1: "Yesterday" }[ago] ?? other;
  return { key: `day-${date.toDateString()}`, signature: label, render: () => h("div", { class: "day", role: "separator", "aria-label": label }, h("span", { text: label })) };
}
