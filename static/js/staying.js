// Whoever writes on a page of the desk stays signed in; whoever is still is told two minutes before she is signed out.
"use strict";

const own = document.currentScript.dataset;
const seconds = Number(own.seconds);
let last = Date.now(); // the last sign of life that the server knows of
let note = null;

async function stay() {
  last = Date.now();
  const answer = await fetch(own.url, { credentials: "same-origin" }).catch(() => null);
  if (answer && answer.status === 204) hide();
  else say("You are signed out. Copy what you wrote, then sign in again.", false);
}

function hide() {
  if (note) note.remove();
  note = null;
}

function say(words, can_stay) {
  hide();
  note = document.createElement("div");
  note.className = "desk-staying";
  note.setAttribute("role", "alert");
  note.append(words);
  if (can_stay) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "desk-button";
    button.textContent = "Stay signed in";
    button.addEventListener("click", stay);
    note.append(button);
  }
  document.body.append(note);
}

document.addEventListener("input", () => {
  if (Date.now() - last > Math.min(300, seconds / 4) * 1000) stay();
});
setInterval(() => {
  const left = seconds - (Date.now() - last) / 1000;
  if (left <= 0) say("You are signed out. Copy what you wrote, then sign in again.", false);
  else if (left <= 120 && !note) say("You will be signed out in two minutes. What you wrote stays as long as you stay.", true);
}, 5000);
