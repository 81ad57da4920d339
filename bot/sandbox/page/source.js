// Translates between what a person types and the text Slack's client would send for it.

const CODE = /(```[\s\S]*?```|`[^`\n]+`)/;

/** Escapes `& < >` and turns @names, #channels and web addresses into Slack's bracket forms, outside code. */
export function toWire(typed, workspace) {
  const names = mentionTable(workspace);
  return typed.split(CODE).map((part, index) => {
    const safe = part.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
    return index % 2 ? safe : references(safe, names);
  }).join("");
}

function references(text, names) {
  const known = [...names.keys()].sort((one, other) => other.length - one.length).map((name) => RegExp.escape?.(name) ?? escape(name));
  const pattern = new RegExp(`https?:\\/\\/(?:(?!&[lg]t;)\\S)+|(?<![\\w@#])(?:${known.join("|") || "(?!)"})(?![\\w-])`, "gi");
  return text.replace(pattern, (found) => {
    if (!/^https?:/i.test(found)) return names.get(found.toLowerCase()) ?? found;
    const url = found.replace(/[.,;:!?)\]}'"]+$/, "");
    return `<${url}>${found.slice(url.length)}`;
  });
}

function mentionTable(workspace) {
  const table = new Map([["@here", "<!here>"], ["@channel", "<!channel>"], ["@everyone", "<!everyone>"]]);
  for (const group of workspace.usergroups.values()) table.set(`@${group.handle}`.toLowerCase(), `<!subteam^${group.id}>`);
  for (const user of workspace.users.values()) {
    for (const name of [user.name, user.real_name]) if (name) table.set(`@${name}`.toLowerCase(), `<@${user.id}>`);
  }
  for (const channel of workspace.channels.values()) if (channel.name && !channel.is_im) table.set(`#${channel.name}`.toLowerCase(), `<#${channel.id}>`);
  return table;
}

/** The text a person edits: brackets back to names and addresses, entities back to characters. */
export function fromWire(text, workspace) {
  const readable = text.replace(/<([^<>\n]+)>/g, (whole, body) => {
    const [target, label] = body.split("|");
    if (target.startsWith("@")) return `@${workspace.userName(target.slice(1)) || label || target.slice(1)}`;
    if (target.startsWith("#")) return `#${workspace.channels.get(target.slice(1))?.name ?? label ?? target.slice(1)}`;
    if (target.startsWith("!subteam^")) return `@${workspace.groupHandle(target.slice(9)) || label || "group"}`;
    if (target.startsWith("!")) return `@${target.slice(1)}`;
    return target;
  });
  return readable.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
}

function escape(text) {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}
