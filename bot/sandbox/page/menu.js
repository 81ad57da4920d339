// Small things that float above the page: menus, the confirm dialog and short notices.
import { h } from "./dom.js";

let openMenu = null;

/** Opens a keyboard-friendly menu under `anchor`. An entry is {label, run, danger?, testid?} or null for a line. */
export function popMenu(anchor, entries) {
  closeMenu();
  const items = entries.map((entry) => (entry ? menuItem(entry) : h("hr")));
  const menu = h("div", { class: "menu", role: "menu", onkeydown: moveInMenu }, items);
  (anchor.closest("dialog") ?? document.body).append(menu);
  const box = anchor.getBoundingClientRect();
  const left = Math.max(8, Math.min(box.right - menu.offsetWidth, innerWidth - menu.offsetWidth - 8));
  const below = box.bottom + 4 + menu.offsetHeight <= innerHeight - 8;
  menu.style.left = `${left}px`;
  menu.style.top = `${below ? box.bottom + 4 : Math.max(8, box.top - menu.offsetHeight - 4)}px`;
  anchor.setAttribute("aria-expanded", "true");
  anchor.closest(".message")?.classList.add("menu-open");
  openMenu = { menu, anchor };
  menu.querySelector("button")?.focus();
}

function menuItem({ label, run, danger, testid }) {
  const onclick = () => {
    closeMenu();
    run();
  };
  return h("button", { type: "button", role: "menuitem", class: danger ? "danger" : "", "data-testid": testid, onclick, text: label });
}

function moveInMenu(event) {
  const buttons = [...event.currentTarget.querySelectorAll("button")];
  const at = buttons.indexOf(document.activeElement);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) buttons.at((at + step) % buttons.length).focus();
  else if (event.key === "Escape" || event.key === "Tab") closeMenu();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function closeMenu() {
  if (!openMenu) return;
  const { menu, anchor } = openMenu;
  openMenu = null;
  const hadFocus = menu.contains(document.activeElement);
  menu.remove();
  anchor.setAttribute("aria-expanded", "false");
  anchor.closest(".message")?.classList.remove("menu-open");
  if (hadFocus) anchor.focus({ preventScroll: true });
}

document.addEventListener("pointerdown", (event) => {
  if (openMenu && !openMenu.menu.contains(event.target)) closeMenu();
});

/** Asks before something happens; resolves to true or false. Texts are nodes or strings. */
export function confirmDialog({ title, body, yes = "Yes", no = "Cancel", danger = false }) {
  return new Promise((resolve) => {
    const dialog = h("dialog", { class: "dialog small", "aria-label": title, "data-testid": "confirm" });
    const finish = (answer) => {
      dialog.remove();
      resolve(answer);
    };
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      finish(false);
    });
    dialog.append(
      h("header", { class: "dialog-head" }, h("h2", { text: title })),
      h("div", { class: "dialog-body" }, body),
      h("footer", { class: "dialog-foot" },
        h("button", { type: "button", class: "button", onclick: () => finish(false), text: no }),
        h("button", { type: "button", class: `button ${danger ? "danger" : "primary"}`, "data-testid": "confirm-yes", onclick: () => finish(true), text: yes })),
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Says something short that goes away by itself; errors stay longer. */
export function notice(text, error = false) {
  const shelf = document.getElementById("notices");
  const host = document.querySelector("dialog[open]") ?? document.body;
  if (shelf.parentNode !== host) host.append(shelf);
  const node = h("div", { class: error ? "notice error" : "notice", text });
  shelf.append(node);
  setTimeout(() => node.remove(), error ? 8000 : 3500);
}
