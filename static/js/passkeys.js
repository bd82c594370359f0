/* Passkeys: a form with data-passkey asks the device, fills `credential`, then is sent as any form. */
"use strict";

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    ask(form);
  });
}

async function ask(form) {
  const error = form.querySelector("[data-passkey-error]");
  error.hidden = true;
  try {
    form.elements.credential.value = JSON.stringify(await answer(form));
    form.submit();
  } catch {
    error.hidden = false;
  }
}

async function answer(form) {
  if (form.dataset.passkey === "create") {
    const options = JSON.parse(form.dataset.options).creation_options;
    Object.assign(options.publicKey.authenticatorSelection, {
      residentKey: "required",
      requireResidentKey: true,
      userVerification: "required",
    });
    return window.webauthnJSON.create(options);
  }
  if (form.dataset.passkey === "get") return window.webauthnJSON.get(JSON.parse(form.dataset.options).request_options);
  const response = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error("no options");
  return window.webauthnJSON.get((await response.json()).request_options);
}
