// Builds DOM nodes from trusted names and untrusted text; nothing on this page ever parses data as HTML.

const SVG = "http://www.w3.org/2000/svg";
const PROPERTIES = new Set(["value", "checked", "disabled", "selected", "multiple", "hidden"]);

const ICONS = {
  lock: "M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3",
  hash: "M9.5 4 7.5 20M16.5 4l-2 16M5 9h15M4 15h15",
  spark: "M12 3l2.2 6.3L20 12l-5.8 2.7L12 21l-2.2-6.3L4 12l5.8-2.7z",
  close: "M6 6l12 12M18 6 6 18",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  reply: "M4 5h16v11H11l-5 4v-4H4z",
  send: "M4 12 20 4l-5 16-3.5-6.5z",
  eye: "M2.5 12S6 6 12 6s9.5 6 9.5 6-3.5 6-9.5 6-9.5-6-9.5-6zM12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z",
  file: "M6 3h8l5 5v13H6zM14 3v5h5",
  down: "M12 5v14M6 13l6 6 6-6",
};

/** Makes an element. `props`: class, text, on<event> listeners, a few live properties, else attributes. */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else if (name === "text") node.textContent = value;
    else if (PROPERTIES.has(name)) node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...present(children));
  return node;
}

/** Flattens nested children and drops the absent ones. */
export function present(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

/** A decorative line icon; its button carries the name. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** A button that shows only an icon and says its name to assistive technology and on hover. */
export function iconButton(name, label, onclick, props = {}) {
  return h("button", { type: "button", class: "icon-button", "aria-label": label, title: label, onclick, ...props }, icon(name));
}

/**
 * Brings the children of `parent` in line with `items`, touching only what changed, so that nothing flickers
 * and the keyboard focus stays where it was. An item is {key, signature, render() -> Element}.
 */
export function reconcile(parent, items) {
  const old = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  let cursor = parent.firstElementChild;
  for (const item of items) {
    const current = old.get(item.key);
    old.delete(item.key);
    let node = current;
    if (!current || current.signature !== item.signature) {
      node = item.render();
      node.dataset.key = item.key;
      node.signature = item.signature;
      if (current) {
        if (current === cursor) cursor = node;
        replaceKeepingFocus(current, node);
      }
    }
    if (node === cursor) cursor = cursor.nextElementSibling;
    else parent.insertBefore(node, cursor);
  }
  for (const node of old.values()) node.remove();
}

function replaceKeepingFocus(current, node) {
  const active = document.activeElement;
  const inside = current.contains(active);
  const mark = inside ? active.dataset.testid : undefined;
  current.replaceWith(node);
  if (!inside) return;
  const twin = mark ? [...node.querySelectorAll("[data-testid]")].find((each) => each.dataset.testid === mark) : null;
  (twin ?? node).focus({ preventScroll: true });
}

/** True when a scrolling pane shows its end (within a line or two). */
export function atBottom(pane) {
  return pane.scrollHeight - pane.scrollTop - pane.clientHeight < 64;
}
