// Names for what the stock admin's widgets leave unnamed, so that a screen reader can say them.
"use strict";

function name_all() {
  for (const shown of document.querySelectorAll(".select2-container")) {
    const select = shown.previousElementSibling;
    const label = select && document.querySelector(`label[for="${select.id}"]`);
    const said = label ? label.textContent.trim().replace(/:$/, "") : select ? select.name : "Choose";
    for (const part of shown.querySelectorAll("[role=combobox], [role=textbox], [role=searchbox], input")) {
      part.removeAttribute("aria-labelledby");
      part.setAttribute("aria-label", said);
    }
  }
  for (const sign of document.querySelectorAll("span.help-tooltip")) sign.setAttribute("role", "img");
  for (const table of document.querySelectorAll(".inline-group table")) {
    const heads = [...table.querySelectorAll("thead th")].map((head) => head.textContent.trim());
    for (const head of table.querySelectorAll("thead th")) {
      if (!head.textContent.trim()) head.innerHTML = '<span class="visually-hidden">Row</span>';
    }
    for (const row of table.querySelectorAll("tbody tr")) {
      [...row.children].forEach((cell, at) => {
        for (const field of cell.querySelectorAll("input:not([type=hidden]), select, textarea")) {
          if (!field.labels.length && !field.ariaLabel) field.setAttribute("aria-label", heads[at] || "Row");
        }
      });
    }
  }
}

// What scrolls sideways in its frame is reached by the keyboard too, and says that there is more.
function reach_all() {
  for (const frame of document.querySelectorAll(".inline-group, .results, .desk-wrap, .desk-room")) {
    if (frame.scrollWidth <= frame.clientWidth + 1) continue;
    frame.tabIndex = 0;
    if (frame.matches(".desk-room") || frame.previousElementSibling?.matches(".desk-hint")) continue;
    const hint = document.createElement("p");
    hint.className = "desk-hint";
    hint.textContent = "More to the right: scroll sideways →";
    frame.before(hint);
  }
}

// Widgets come one by one, some of them late and some when a row is added.
name_all();
new MutationObserver(name_all).observe(document.documentElement, { childList: true, subtree: true });
window.addEventListener("load", reach_all);
