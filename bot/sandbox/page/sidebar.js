// Draws the left column: the workspace, whether Vigil listens, who one speaks as, channels and the DM.
import { h, icon, reconcile } from "./dom.js";
import { avatar } from "./message.js";

export class Sidebar {
  constructor(app) {
    this.app = app;
    this.team = h("h1", { class: "team" });
    this.connection = h("p", { class: "connection", role: "status", "data-testid": "connection" });
    this.face = h("span", { class: "speak-face" });
    this.picker = h("select", { id: "speak-as", class: "select", "data-testid": "speak-as", onchange: () => app.speakAs(this.picker.value) });
    this.role = h("p", { class: "speak-role", id: "speak-role" });
    this.picker.setAttribute("aria-describedby", "speak-role");
    this.channels = h("ul", { class: "nav-list" });
    this.direct = h("ul", { class: "nav-list" });
    this.node = h("nav", { class: "sidebar", "aria-label": "Workspace" },
      h("div", { class: "team-head" }, this.team, this.connection),
      h("div", { class: "speak" }, h("label", { for: "speak-as", text: "Speak as" }), h("div", { class: "speak-row" }, this.face, this.picker), this.role),
      h("div", { class: "nav-scroll" },
        h("h2", { text: "Channels" }), this.channels,
        h("h2", { text: "Direct messages" }), this.direct));
  }

  draw() {
    const { workspace, ui } = this.app;
    this.team.textContent = workspace.team.name ?? "Sandbox";
    this.drawConnection(workspace.connected);
    this.drawPeople();
    reconcile(this.channels, workspace.visibleChannels(ui.me).map((channel) => this.channelItem(channel)));
    reconcile(this.direct, [this.directItem()]);
  }

  drawConnection(connected) {
    const state = !this.app.ui.online ? "waiting" : connected ? "on" : "off";
    if (this.connection.dataset.state === state) return;
    this.connection.dataset.state = state;
    this.connection.textContent = { on: "Vigil is listening", off: "Vigil is not connected", waiting: "Reconnecting to the sandbox…" }[state];
  }

  drawPeople() {
    const { workspace, ui } = this.app;
    const people = workspace.people();
    const signature = JSON.stringify(people);
    if (this.picker.signature !== signature) {
      const roles = Map.groupBy?.(people, (user) => user.role ?? "person") ?? groupBy(people);
      const groups = [...roles].map(([role, users]) => h("optgroup", { label: plural(role) }, users.map((user) => h("option", { value: user.id, text: user.real_name || user.name }))));
      this.picker.replaceChildren(...groups);
      this.picker.signature = signature;
    }
    this.picker.value = ui.me;
    const me = workspace.users.get(ui.me);
    this.face.replaceChildren(avatar({ id: ui.me, name: workspace.userName(ui.me) || "?" }));
    this.role.textContent = me ? [capital(me.role ?? ""), me.title].filter(Boolean).join(" · ") : "";
  }

  channelItem(channel) {
    const { ui } = this.app;
    const [current, unread] = [ui.channel === channel.id, this.app.isUnread(channel.id)];
    const title = `${channel.name}${channel.is_private ? ", private" : ""}${unread ? ", unread messages" : ""}`;
    const props = { class: itemClass(current, unread), "aria-current": current ? "page" : undefined, "aria-label": title, "data-testid": `channel-${channel.id}` };
    const render = () => h("li", {}, h("button", { type: "button", ...props, onclick: () => this.app.openChannel(channel.id) },
      icon(channel.is_private ? "lock" : "hash"), h("span", { class: "nav-name", text: channel.name }), unread ? h("span", { class: "dot" }) : null));
    return { key: channel.id, signature: JSON.stringify([title, current]), render };
  }

  directItem() {
    const { ui, workspace } = this.app;
    const channel = workspace.directMessage(ui.me);
    const name = workspace.userName(workspace.appUser) || "Vigil";
    const [current, unread] = [Boolean(channel) && ui.channel === channel.id, Boolean(channel) && this.app.isUnread(channel.id)];
    const props = { class: itemClass(current, unread), "aria-current": current ? "page" : undefined, "aria-label": `${name}${unread ? ", unread messages" : ""}`, "data-testid": `channel-${channel?.id ?? "dm"}` };
    const render = () => h("li", {}, h("button", { type: "button", ...props, onclick: () => this.app.openDirect() },
      avatar({ id: workspace.appUser, name, mark: true }), h("span", { class: "nav-name", text: name }), h("span", { class: "badge", text: "APP" }), unread ? h("span", { class: "dot" }) : null));
    return { key: "dm", signature: JSON.stringify([name, current, unread, channel?.id]), render };
  }
}

function itemClass(current, unread) {
  return ["nav-item", current && "current", unread && "unread"].filter(Boolean).join(" ");
}

function groupBy(people) {
  const groups = new Map();
  for (const user of people) groups.set(user.role ?? "person", [...(groups.get(user.role ?? "person") ?? []), user]);
  return groups;
}

function capital(word) {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function plural(role) {
  return role === "person" ? "People" : `${capital(role)}s`;
}
