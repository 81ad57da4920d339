// Starts the sandbox page: holds what is open and on whose behalf, and ties the parts together.
import { h } from "./dom.js";
import { ChannelColumn, ThreadColumn } from "./columns.js";
import { readPermalink, remember, remembered } from "./links.js";
import { notice } from "./menu.js";
import { Sidebar } from "./sidebar.js";
import { toWire } from "./source.js";
import { Modals } from "./views.js";
import { act, follow } from "./wire.js";
import { Workspace } from "./workspace.js";

const NEEDS_VIGIL = new Set(["click", "view_click", "command", "shortcut", "submit_view"]);

class App {
  constructor() {
    this.workspace = new Workspace();
    this.ui = { me: "", channel: "", thread: null, tab: "messages", editing: null, online: false };
    this.seen = new Map();
    this.baseline = null;
    this.sidebar = new Sidebar(this);
    this.channel = new ChannelColumn(this);
    this.thread = new ThreadColumn(this);
    this.modals = new Modals(this);
    const skip = h("a", { class: "skip", href: "#composer", text: "Skip to the composer", onclick: (event) => this.skip(event) });
    document.getElementById("app").append(skip, this.sidebar.node, this.channel.node, this.thread.node);
  }

  start() {
    follow({
      snapshot: (state) => this.load(state),
      event: (event) => this.receive(event),
      online: (online) => this.set({ online }),
    });
    addEventListener("hashchange", () => this.openHash());
  }

  load(state) {
    this.workspace.load(state);
    const people = this.workspace.people();
    const known = [this.ui.me, remembered("me")].find((id) => this.workspace.users.has(id));
    this.ui.me = known ?? (people.find((user) => user.role === "asker") ?? people[0])?.id ?? "";
    this.baseline ??= new Map([...this.workspace.channels.keys()].map((id) => [id, this.workspace.newest(id, "")]));
    if (!this.openHash()) this.settle();
    this.draw();
  }

  receive(event) {
    this.workspace.apply(event);
    this.draw();
  }

  /** Redraws at the next frame, however many events ask for it before then. */
  draw() {
    if (this.pending) return;
    this.pending = true;
    const paint = () => {
      if (!this.pending) return;
      this.pending = false;
      this.paint();
    };
    if (document.hidden) setTimeout(paint, 250);
    else requestAnimationFrame(paint);
  }

  paint() {
    this.settle();
    if (!document.hidden) this.seen.set(`${this.ui.me}/${this.ui.channel}`, this.workspace.newest(this.ui.channel, this.ui.me));
    this.sidebar.draw();
    this.channel.draw();
    this.thread.draw();
    this.modals.draw();
    document.getElementById("app").classList.toggle("with-thread", Boolean(this.ui.thread));
    document.body.dataset.ready = String(this.ui.online);
  }

  /** Moves to the liveliest channel when the present one is not for the person spoken as. */
  settle() {
    if (this.workspace.mayRead(this.workspace.channels.get(this.ui.channel), this.ui.me)) return;
    const size = (channel) => this.workspace.messages.get(channel.id)?.size ?? 0;
    const open = this.workspace.visibleChannels(this.ui.me).sort((one, other) => size(other) - size(one));
    const first = open[0] ?? this.workspace.directMessage(this.ui.me);
    Object.assign(this.ui, { channel: first?.id ?? "", thread: null, tab: "messages" });
  }

  set(changes) {
    Object.assign(this.ui, changes);
    this.draw();
  }

  /** Acts as the present person; says what went wrong unless `quietly`. */
  async act(verb, fields, quietly = false) {
    const answer = await act(this.ui.me, verb, fields);
    if (answer.ok && NEEDS_VIGIL.has(verb) && !this.workspace.connected) notice("Vigil is not connected, so nobody will answer this.", true);
    if (!answer.ok && !quietly) this.complain(answer);
    return answer;
  }

  complain(answer) {
    notice(`That did not work: ${String(answer.error ?? "unknown error").replaceAll("_", " ")}`, true);
  }

  async sendToChannel(typed) {
    const command = /^\/(\S+)\s*([\s\S]*)$/.exec(typed);
    if (command) return this.command(`/${command[1]}`, command[2].trim());
    this.channel.timeline.stuck = true;
    return this.say(typed, {});
  }

  async command(command, text) {
    const known = this.workspace.commands;
    if (!known.includes(command)) return `${command} is not a command here. Try ${known[0] ?? "/vigil"} help.`;
    const answer = await this.act("command", { channel: this.ui.channel, command, text: toWire(text, this.workspace) }, true);
    return answer.ok ? "" : `${command} failed: ${answer.error}`;
  }

  async sendToThread(typed) {
    if (typed.startsWith("/")) return "Slash commands do not work in threads. Mention @Vigil here, or use a shortcut from the message's menu.";
    this.thread.timeline.stuck = true;
    return this.say(typed, { thread: this.ui.thread });
  }

  async say(typed, extra) {
    const answer = await this.act("say", { channel: this.ui.channel, text: toWire(typed, this.workspace), ...extra }, true);
    return answer.ok ? "" : `Not sent: ${answer.error}`;
  }

  speakAs(me) {
    remember("me", me);
    const wasDirect = this.workspace.channels.get(this.ui.channel)?.is_im;
    this.set({ me, editing: null });
    if (wasDirect) this.openDirect();
    else if (this.ui.tab === "home") this.set({ tab: "messages" });
  }

  openChannel(channel) {
    if (!this.workspace.mayRead(this.workspace.channels.get(channel), this.ui.me)) return notice("You are not in that channel.", true);
    const same = channel === this.ui.channel;
    this.set({ channel, tab: "messages", editing: null, thread: same ? this.ui.thread : null });
    history.replaceState(null, "", `#${channel}`);
    return this.channel.composer.area.focus();
  }

  async openDirect() {
    let channel = this.workspace.directMessage(this.ui.me)?.id;
    if (!channel) {
      const answer = await this.act("open_im", {});
      if (!answer.ok) return;
      channel = answer.channel?.id ?? answer.channel;
      if (!this.workspace.channels.has(channel)) this.workspace.apply({ kind: "channel", channel: { id: channel, name: "", is_im: true, user: this.ui.me, members: [this.ui.me] } });
    }
    this.openChannel(channel);
  }

  showTab(tab) {
    this.set({ tab, thread: null });
    if (tab === "home") this.act("open_home", {});
  }

  openThread(ts) {
    const before = this.ui.thread;
    this.set({ thread: ts });
    requestAnimationFrame(() => {
      if (ts) this.thread.composer.area.focus();
      else document.querySelector(`[data-testid="message-${CSS.escape(before ?? "")}"]`)?.focus();
    });
  }

  edit(channel, ts) {
    this.set({ editing: channel && `${channel}/${ts}` });
  }

  dismiss(message, channel) {
    this.workspace.ephemerals = this.workspace.ephemerals.filter((each) => each.channel !== channel || each.ts !== message.ts);
    this.draw();
  }

  channelLabel(channel) {
    if (channel.is_im) return this.workspace.userName(this.workspace.appUser) || "Vigil";
    return `#${channel.name}`;
  }

  isUnread(channel) {
    const seen = this.seen.get(`${this.ui.me}/${channel}`) ?? this.baseline?.get(channel) ?? 0;
    return this.workspace.newest(channel, this.ui.me, true) > seen;
  }

  /** Opens a message of this workspace; false when the address is not one, so that the browser may follow it. */
  openPermalink(url) {
    const target = readPermalink(url);
    const channel = target && this.workspace.channels.get(target.channel);
    if (!channel) return false;
    if (!this.workspace.mayRead(channel, this.ui.me)) return notice("That message is in a channel you are not in.", true) ?? true;
    const message = this.workspace.message(target.channel, target.ts);
    const root = target.thread ?? message?.thread_ts ?? null;
    const threaded = root ?? (this.workspace.replies(target.channel, target.ts, this.ui.me).length ? target.ts : null);
    this.set({ channel: target.channel, tab: "messages", editing: null, thread: threaded });
    this.paint();
    this.channel.timeline.reveal(root ?? target.ts);
    if (threaded) this.thread.timeline.reveal(target.ts);
    return true;
  }

  openHash() {
    const channel = location.hash.slice(1);
    if (this.ui.channel === channel || !this.workspace.mayRead(this.workspace.channels.get(channel), this.ui.me)) return false;
    this.set({ channel, thread: null, tab: "messages" });
    return true;
  }

  skip(event) {
    event.preventDefault();
    this.channel.composer.area.focus();
  }
}

new App().start();
