/* What was typed in a form[data-keeps] outlives a lost connection: it stays in this tab until the server has it. */
"use strict";

for (const form of document.querySelectorAll("form[data-keeps]")) {
  const key = `kept ${location.pathname}`;
  const fields = [...form.querySelectorAll("textarea, input[type=text]")].filter((field) => field.name);
  bringBack(form, fields, key);
  form.addEventListener("input", () => keep(fields, key));
  form.addEventListener("submit", () => keep(fields, key));
}

function keep(fields, key) {
  const words = fields.map((field) => [field.name, { server: field.defaultValue, typed: field.value }]);
  sessionStorage.setItem(key, JSON.stringify(Object.fromEntries(words)));
}

/* Only where the server still holds what it held when the words were typed: what it took is not typed over. */
function bringBack(form, fields, key) {
  const kept = JSON.parse(sessionStorage.getItem(key) || "{}");
  sessionStorage.removeItem(key);
  let found = false;
  for (const field of fields) {
    const words = kept[field.name];
    if (!words || words.server !== field.defaultValue || words.typed === field.defaultValue) continue;
    field.value = words.typed;
    found = true;
  }
  if (!found) return;
  keep(fields, key);
  const said = document.createElement("p");
  said.className = "notice";
  said.setAttribute("role", "status");
  said.textContent = "La connexion s’était coupée : voici ce que vous aviez écrit. Continuez quand vous voulez.";
  form.prepend(said);
}
