// A form that carries a passkey: its button asks the browser for one, and what the browser gives is sent along.
"use strict";

function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function listed(keys) {
  return (keys || []).map((key) => ({ ...key, id: bytes(key.id) }));
}

// Everything that the server reads of a new passkey, or of one that was used.
function told(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

async function asked(task) {
  const wanted = { ...task.publicKey, challenge: bytes(task.publicKey.challenge) };
  if (wanted.user) {
    wanted.user = { ...wanted.user, id: bytes(wanted.user.id) };
    wanted.excludeCredentials = listed(wanted.excludeCredentials);
    return navigator.credentials.create({ publicKey: wanted });
  }
  wanted.allowCredentials = listed(wanted.allowCredentials);
  return navigator.credentials.get({ publicKey: wanted });
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const failed = form.querySelector("[data-failed]");
  const button = form.querySelector("button");
  if (!window.PublicKeyCredential) {
    form.querySelector("[data-unable]").hidden = false;
    continue;
  }
  button.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    failed.hidden = true;
    button.disabled = true;
    try {
      const credential = await asked(JSON.parse(form.dataset.passkey));
      form.elements.credential.value = JSON.stringify(told(credential));
      form.submit();
    } catch {
      failed.hidden = false;
      button.disabled = false;
    }
  });
}
