// Permalinks of messages, and what this browser remembers between visits.

/** A message's permalink in Slack's form, on the workspace's own address. */
export function permalink(workspace, channel, message) {
  const base = String(workspace.team.url ?? location.origin).replace(/\/$/, "");
  const inThread = message.thread_ts && message.thread_ts !== message.ts;
  const query = inThread ? `?thread_ts=${message.thread_ts}&cid=${channel}` : "";
  return `${base}/archives/${channel}/p${message.ts.replace(".", "")}${query}`;
}

/** {channel, ts, thread} of a permalink, or null for any other address. */
export function readPermalink(url) {
  const found = /\/archives\/(\w+)\/p(\d{7,})(\d{6})(?:\?(.*))?$/.exec(url);
  if (!found) return null;
  const thread = new URLSearchParams(found[4] ?? "").get("thread_ts");
  return { channel: found[1], ts: `${found[2]}.${found[3]}`, thread };
}

/** A small note kept in this browser; a browser that keeps nothing is no trouble. */
export function remembered(name) {
  try {
    return localStorage.getItem(`vigil-sandbox-${name}`);
  } catch (error) {
    console.debug("this browser keeps nothing", error);
    return null;
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(`vigil-sandbox-${name}`, value);
  } catch (error) {
    console.debug("this browser keeps nothing", error);
  }
}
