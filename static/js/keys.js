// Keys of the desk, all of them optional: each has a button or a link on the page that does the same.
// None works while somebody types, and "Keys off" in the list of keys turns them off in this browser.
"use strict";

const ours = document.currentScript.dataset;
const COOKIE = "desk_keys";
const ROWS = "#result_list tbody tr, .desk-queue > li";
let dialog = null;

function is_on() {
  return !document.cookie.split("; ").includes(`${COOKIE}=off`);
}

function turn(on) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${COOKIE}=${on ? "on" : "off"}; Path=${ours.path}; Max-Age=31536000; SameSite=Lax${secure}`;
}

function made(tag, words, does, classes) {
  const one = document.createElement(tag);
  one.textContent = words;
  if (tag === "button") one.type = "button";
  if (does) one.addEventListener("click", does);
  if (classes) one.className = classes;
  return one;
}

// The row on which the focus stands, or stood last; then the one after or before it.
function rows() {
  return [...document.querySelectorAll(ROWS)].filter((row) => row.querySelector("a"));
}

function current() {
  return document.activeElement.closest(ROWS) || document.querySelector(".desk-current");
}

function step(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(current());
  const next = all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)];
  for (const row of all) row.classList.toggle("desk-current", row === next);
  link_of(next).focus({ preventScroll: true });
  next.scrollIntoView({ block: "center" });
}

function link_of(row) {
  return row.querySelector("th a, h2 a") || row.querySelector("a");
}

function open_row() {
  const row = current();
  if (row) link_of(row).click();
}

function search() {
  const box = document.querySelector("#searchbar");
  if (box) {
    box.focus();
    box.select();
  }
}

// What the page itself marks: data-key on a button or a link.
function press(key) {
  document.querySelector(`[data-key="${key}"]`)?.click();
}

const KEYS = [
  ["/", "Go to the search", search, () => document.querySelector("#searchbar")],
  ["j", "The next row", () => step(1), () => rows().length],
  ["k", "The row before", () => step(-1), () => rows().length],
  ["Enter", "Open the row", null, () => rows().length],
  ["e", "Save, and on to the next", () => press("e"), () => document.querySelector('[data-key="e"]')],
  ["s", "Skip this one", () => press("s"), () => document.querySelector('[data-key="s"]')],
  ["?", "This list of keys", () => show(), () => true],
];

function show() {
  if (dialog) dialog.remove();
  dialog = made("dialog", "", null, "desk-keys-list");
  dialog.setAttribute("aria-labelledby", "desk-keys-title");
  const title = made("h2", "Keys");
  title.id = "desk-keys-title";
  const list = document.createElement("dl");
  for (const [key, words, , here] of KEYS) {
    const line = document.createElement("div");
    const term = document.createElement("dt");
    term.append(made("kbd", key));
    line.append(term, made("dd", here() ? words : `${words} (not on this page)`));
    list.append(line);
  }
  const on = is_on();
  const says = on
    ? "They work while you are not typing. Everything they do has a button too."
    : "The keys are off in this browser. Everything they do has a button too.";
  const buttons = made("p", "", null, "desk-buttons");
  const switch_words = on ? "Turn the keys off" : "Turn the keys on";
  const turned = () => {
    turn(!on);
    dialog.close();
    show();
  };
  buttons.append(made("button", switch_words, turned), made("button", "Close", () => dialog.close()));
  dialog.append(title, list, made("p", says), buttons);
  document.body.append(dialog);
  dialog.showModal();
}

function is_typing(place) {
  return place.isContentEditable || place.closest("input:not([type=checkbox], [type=radio], [type=submit], [type=button]), select, textarea, [role=combobox], [role=textbox], [role=searchbox], dialog");
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.repeat && event.key !== "j" && event.key !== "k") return;
  if (event.ctrlKey || event.altKey || event.metaKey || !is_on() || is_typing(event.target)) return;
  const [, , does, here] = KEYS.find(([key]) => key === event.key) || [];
  if (!does || !here()) return;
  event.preventDefault();
  does();
});

// The buttons: the list of keys on every page, the steps from row to row where there are rows.
const tools = document.querySelector("#user-tools");
if (tools) tools.append(made("button", "Keys", show, "desk-keys"));
if (rows().length) {
  const steps = made("p", "", null, "desk-steps");
  steps.append(
    made("button", "Previous row", () => step(-1)),
    made("button", "Next row", () => step(1)),
    made("button", "Open the row", open_row),
  );
  const table = document.querySelector("#changelist-form, .desk-queue");
  table.before(steps);
}
