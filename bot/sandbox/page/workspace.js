// Holds what the server told us about the workspace and answers questions about it; it draws nothing.

/** Orders Slack timestamps, which are decimal strings that may differ in length. */
export function byTs(one, other) {
  return Number(one.ts) - Number(other.ts) || (one.ts < other.ts ? -1 : 1);
}

export class Workspace {
  constructor() {
    this.load({});
  }

  /** Replaces everything by a snapshot from `/sandbox/state`. */
  load(state) {
    this.team = state.team ?? {};
    this.users = new Map((state.users ?? []).map((user) => [user.id, user]));
    this.channels = new Map((state.channels ?? []).map((channel) => [channel.id, channel]));
    this.usergroups = new Map((state.usergroups ?? []).map((group) => [group.id, group]));
    this.messages = new Map(Object.entries(state.messages ?? {}).map(([id, list]) => [id, new Map(list.map((m) => [m.ts, m]))]));
    this.ephemerals = state.ephemerals ?? [];
    this.views = (state.views ?? []).map((each) => ({ id: each.id ?? each.view?.id, user: each.user, view: each.view, errors: each.errors ?? {} }));
    this.homes = new Map(Object.entries(state.homes ?? {}));
    this.commands = state.commands ?? [];
    this.shortcuts = state.shortcuts ?? [];
    this.examples = state.examples ?? [];
    this.appUser = state.app_user ?? "";
    this.connected = Boolean(state.connected);
    this.version = state.version ?? 0;
  }

  /** Applies one event of the stream; unknown kinds are left alone so that the server may grow. */
  apply(event) {
    const { kind, channel } = event;
    if (["message", "changed", "reaction"].includes(kind)) this.put(channel, event.message);
    else if (kind === "deleted") this.remove(channel, event.ts);
    else if (kind === "ephemeral" && event.ephemeral.deleted) this.remove(event.ephemeral.channel, event.ephemeral.ts);
    else if (kind === "ephemeral") this.putEphemeral(event.ephemeral);
    else if (kind === "view") this.putView(event);
    else if (kind === "home") this.homes.set(event.user, event.view);
    else if (kind === "channel") this.channels.set(channel.id, { ...this.channels.get(channel.id), ...channel });
    else if (kind === "connected") this.connected = Boolean(event.connected);
  }

  put(channel, message) {
    if (!this.messages.has(channel)) this.messages.set(channel, new Map());
    this.messages.get(channel).set(message.ts, message);
  }

  remove(channel, ts) {
    this.messages.get(channel)?.delete(ts);
    this.ephemerals = this.ephemerals.filter((each) => each.channel !== channel || each.ts !== ts);
  }

  putEphemeral(ephemeral) {
    const same = (each) => each.channel === ephemeral.channel && each.ts === ephemeral.ts && each.user === ephemeral.user;
    this.ephemerals = [...this.ephemerals.filter((each) => !same(each)), ephemeral];
  }

  putView({ view_id: id, user, view, errors = {} }) {
    const at = this.views.findIndex((each) => each.id === id);
    if (!view) this.views = this.views.filter((each) => each.id !== id);
    else if (at < 0) this.views = [...this.views, { id, user, view, errors }];
    else this.views = this.views.with(at, { id, user, view, errors });
  }

  message(channel, ts) {
    return this.messages.get(channel)?.get(ts);
  }

  /** What the channel's own column shows to `me`: roots, broadcasts and private notes, oldest first. */
  roots(channel, me) {
    const all = [...(this.messages.get(channel)?.values() ?? [])];
    const roots = all.filter((each) => !isReply(each) || each.subtype === "thread_broadcast" || !this.message(channel, each.thread_ts));
    return [...roots, ...this.notes(channel, me, undefined)].sort(byTs);
  }

  /** The replies under a root that `me` sees, oldest first; the root itself is not among them. */
  replies(channel, root, me) {
    const all = [...(this.messages.get(channel)?.values() ?? [])];
    const replies = all.filter((each) => each.thread_ts === root && each.ts !== root);
    return [...replies, ...this.notes(channel, me, root)].sort(byTs);
  }

  /** Per root: how many replies `me` sees, when the last came and who wrote them. One pass over the channel. */
  threads(channel, me) {
    const found = new Map();
    const notes = this.ephemerals.filter((each) => each.channel === channel && each.user === me && each.thread_ts);
    for (const each of [...(this.messages.get(channel)?.values() ?? []), ...notes]) {
      if (!isReply(each)) continue;
      const thread = found.get(each.thread_ts) ?? { count: 0, last: "0", people: [] };
      const author = this.author(each).id;
      if (!thread.people.includes(author)) thread.people.push(author);
      thread.count += 1;
      if (Number(each.ts) > Number(thread.last)) thread.last = each.ts;
      found.set(each.thread_ts, thread);
    }
    return found;
  }

  notes(channel, me, root) {
    const mine = this.ephemerals.filter((each) => each.channel === channel && each.user === me);
    return mine.filter((each) => (each.thread_ts || undefined) === root).map((each) => ({ ...each, ephemeral: true }));
  }

  /** The channels `me` may see, without direct messages: public ones and the private ones they are in. */
  visibleChannels(me) {
    const open = [...this.channels.values()].filter((each) => !each.is_im && (!each.is_private || each.members?.includes(me)));
    return open.sort((one, other) => one.name.localeCompare(other.name));
  }

  directMessage(me) {
    return [...this.channels.values()].find((each) => each.is_im && (each.user === me || each.members?.includes(me)));
  }

  mayRead(channel, me) {
    if (!channel) return false;
    return channel.is_im ? this.directMessage(me)?.id === channel.id : !channel.is_private || Boolean(channel.members?.includes(me));
  }

  /** Who wrote a message: {id, name, app, mark}, mark for Vigil itself. An ephemeral is always the app's own. */
  author(message) {
    const bot = message.bot_id && [...this.users.values()].find((user) => user.bot_id === message.bot_id)?.id;
    const id = (message.ephemeral ? this.appUser : message.user) || bot || message.bot_id || "?";
    const app = Boolean(message.bot_id || message.ephemeral || this.users.get(id)?.is_bot);
    return { id, name: message.username || this.userName(id) || "Unknown", app, mark: id === this.appUser };
  }

  userName(id) {
    const user = this.users.get(id);
    return user ? user.real_name || user.name : "";
  }

  groupHandle(id) {
    return this.usergroups.get(id)?.handle ?? "";
  }

  people() {
    return [...this.users.values()].filter((user) => !user.is_bot);
  }

  /** The newest timestamp `me` can see in a channel's column or threads, as a number; 0 when empty. */
  newest(channel, me, exceptOwn = false) {
    const seen = [...(this.messages.get(channel)?.values() ?? []), ...this.ephemerals.filter((e) => e.channel === channel && e.user === me)];
    const counted = exceptOwn ? seen.filter((each) => each.bot_id || each.user !== me || !this.message(channel, each.ts)) : seen;
    return counted.reduce((latest, each) => Math.max(latest, Number(each.ts)), 0);
  }
}

function isReply(message) {
  return Boolean(message.thread_ts) && message.thread_ts !== message.ts;
}
