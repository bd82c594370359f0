/* Niceties only: every page works without this file. */
"use strict";

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-print], [data-copy], [data-share]");
  if (!button) return;
  if ("print" in button.dataset) window.print();
  if ("copy" in button.dataset) copy(button);
  if ("share" in button.dataset) share(button);
});

/* Buttons that need a script are shown only when it can serve them. */
for (const button of document.querySelectorAll("[data-print], [data-copy]")) button.hidden = false;
if (navigator.share) for (const button of document.querySelectorAll("[data-share]")) button.hidden = false;

async function copy(button) {
  await navigator.clipboard.writeText(button.dataset.copy || location.href);
  const said = button.parentElement.querySelector("[role=status]");
  if (said) said.textContent = "Adresse copiée.";
}

function share(button) {
  navigator.share({ title: document.title, url: button.dataset.share || location.href }).catch(() => {});
}

/* The menu of phones closes with Escape or a click elsewhere. */
const menu = document.querySelector(".nav-phone");
if (menu) {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  document.addEventListener("click", (event) => {
    if (menu.open && !menu.contains(event.target)) menu.open = false;
  });
}

/* A second click on the same button does not send the form twice. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  else if (form.method === "post") {
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 5000);
  }
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

/* When the network is away, a page that gives the town hall's number. */
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/hors-ligne.js").catch(() => {});
