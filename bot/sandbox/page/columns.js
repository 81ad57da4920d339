// Builds the two message columns: the channel in the middle and the thread at the right.
import { h, icon, iconButton } from "./dom.js";
import { Composer } from "./composer.js";
import { remember, remembered } from "./links.js";
import { Timeline } from "./timeline.js";
import { Home } from "./views.js";

export class ChannelColumn {
  constructor(app) {
    this.app = app;
    this.title = h("h2", { class: "column-title" });
    this.topic = h("p", { class: "topic" });
    this.tabs = h("div", { class: "tabs", role: "tablist", "aria-label": "Vigil" }, this.tab("messages", "Messages"), this.tab("home", "Home"));
    this.intro = new Intro(app);
    this.timeline = new Timeline("Messages");
    this.home = new Home(app);
    this.composer = new Composer({ testid: "composer", label: "Message", onsend: (text) => app.sendToChannel(text) });
    this.node = h("main", { class: "column channel-column" },
      h("header", { class: "column-head" }, h("div", { class: "column-name" }, this.title, this.topic), this.tabs),
      this.intro.node, this.timeline.node, this.home.node, this.composer.node);
  }

  tab(name, text) {
    return h("button", { type: "button", role: "tab", "data-testid": `tab-${name}`, "data-tab": name, onclick: () => this.app.showTab(name), text });
  }

  draw() {
    const { workspace, ui } = this.app;
    const channel = workspace.channels.get(ui.channel);
    if (!channel) return;
    const home = Boolean(channel.is_im) && ui.tab === "home";
    this.drawHead(channel, home);
    this.intro.draw(channel);
    this.timeline.node.hidden = home;
    this.composer.node.hidden = home;
    this.home.node.hidden = !home;
    if (home) this.home.draw();
    const place = { key: `${ui.me}/${channel.id}`, channel: channel.id, threads: workspace.threads(channel.id, ui.me) };
    this.timeline.draw(workspace.roots(channel.id, ui.me), place, this.app);
    this.composer.aim(place.key, `Message ${this.app.channelLabel(channel)}`);
  }

  drawHead(channel, home) {
    const label = this.app.channelLabel(channel);
    if (this.title.signature !== channel.id + label) {
      this.title.signature = channel.id + label;
      const mark = channel.is_im ? "spark" : channel.is_private ? "lock" : "hash";
      this.title.replaceChildren(icon(mark), label.replace(/^#/, ""));
      document.title = `${label} · ${this.app.workspace.team.name ?? "Sandbox"}`;
    }
    const topic = typeof channel.topic === "string" ? channel.topic : (channel.topic?.value ?? "");
    this.topic.textContent = channel.is_im ? "Ask Vigil anything; it always answers here" : topic;
    this.tabs.hidden = !channel.is_im;
    for (const tab of this.tabs.children) tab.setAttribute("aria-selected", String((tab.dataset.tab === "home") === home));
  }
}

/** The dismissible card that tells a newcomer what to try. */
class Intro {
  constructor(app) {
    this.app = app;
    this.chips = h("div", { class: "chips" });
    this.node = h("section", { class: "intro", "aria-label": "Getting started", "data-testid": "intro" },
      h("p", {}, h("strong", { text: "You are in a local sandbox. " }), "Ask something as an asker, or switch person and answer as a helper. Nothing leaves this machine."),
      this.chips,
      iconButton("close", "Dismiss this hint", () => this.dismiss(), { "data-testid": "intro-dismiss" }));
  }

  draw(channel) {
    this.node.hidden = Boolean(channel.is_im) || remembered("intro") === "dismissed";
    const signature = JSON.stringify(this.app.workspace.examples);
    if (this.chips.signature === signature) return;
    this.chips.signature = signature;
    const chip = (text) => h("button", { type: "button", class: "chip", "data-testid": "example", text, onclick: () => this.app.channel.composer.fill(text, true) });
    this.chips.replaceChildren(...this.app.workspace.examples.slice(0, 3).map(chip));
  }

  dismiss() {
    remember("intro", "dismissed");
    this.app.draw();
    this.app.channel.composer.area.focus();
  }
}

export class ThreadColumn {
  constructor(app) {
    this.app = app;
    this.where = h("p", { class: "topic" });
    this.timeline = new Timeline("Thread");
    this.composer = new Composer({ testid: "thread-composer", label: "Reply", onsend: (text) => app.sendToThread(text) });
    this.node = h("aside", { class: "column thread-column", "aria-label": "Thread", "data-testid": "thread-pane", onkeydown: (event) => this.escape(event) },
      h("header", { class: "column-head" }, h("div", { class: "column-name" }, h("h2", { class: "column-title", text: "Thread" }), this.where), iconButton("close", "Close thread", () => app.openThread(null), { "data-testid": "thread-close" })),
      this.timeline.node, this.composer.node);
  }

  escape(event) {
    if (event.key === "Escape" && !event.defaultPrevented) this.app.openThread(null);
  }

  draw() {
    const { workspace, ui } = this.app;
    this.node.hidden = !ui.thread;
    if (!ui.thread) return;
    const root = workspace.message(ui.channel, ui.thread);
    const gone = { ts: ui.thread, subtype: "tombstone", text: "This message was deleted." };
    const place = { key: `${ui.me}/${ui.channel}/${ui.thread}`, channel: ui.channel, inThread: true };
    this.where.textContent = this.app.channelLabel(workspace.channels.get(ui.channel));
    this.timeline.draw([root ?? gone, ...workspace.replies(ui.channel, ui.thread, ui.me)], place, this.app);
    this.composer.aim(place.key, "Reply…");
  }
}
