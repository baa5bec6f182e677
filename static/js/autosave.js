// The label of an autosaved form (data-autosave): "Saving…", "Saved 10:42", "Not saved: …". htmx sends, this watches.
// "Saved" is said only while nothing was typed since.
(() => {
  const RETRY_MS = 5000;
  const unsaved = new Set();

  const formOf = (element) => element?.closest?.("form[data-autosave]");
  // The form's own requests: buttons and previews inside it save nothing.
  const saving = (event) => (event.detail.elt.matches("form[data-autosave]") ? event.detail.elt : null);
  const clock = () => new Intl.DateTimeFormat("en-GB", {
    hour: "2-digit", minute: "2-digit", timeZone: document.documentElement.dataset.zone,
  }).format(new Date());

  function say(form, words, state) {
    const label = form.querySelector("[data-autosave-label]")
      || document.querySelector(`[data-autosave-label][data-for="${CSS.escape(form.id)}"]`)
      || document.querySelector("[data-autosave-label]:not([data-for])");
    if (!label) return;
    label.textContent = words;
    label.dataset.state = state;
  }

  function notSaved(form, why) {
    unsaved.add(form);
    say(form, `Not saved: ${why}`, "problem");
  }

  // Whether something was typed into the form that is not on its way yet.
  window.isTyped = (form) => (form.dataset.typed || "") !== (form.dataset.sent || "");

  // What is typed is on its way, but for a form that waits for its button.
  function sayTyped(form) {
    say(form, form.dataset.live === undefined ? "Not saved yet" : "Saving…", "typed");
  }

  function reason(xhr) {
    if (new URL(xhr.responseURL || location.href).pathname === document.body.dataset.login) return "you are signed out";
    return { 409: "somebody else changed it too", 422: "see the marked fields", 403: "you may not change this" }[xhr.status]
      || "something broke on our side";
  }

  function onAnswer(event) {
    const form = saving(event);
    if (!form || !event.detail.xhr.status) return;
    const why = reason(event.detail.xhr);
    const isSaved = event.detail.successful && event.detail.xhr.status < 300 && why !== "you are signed out";
    if (!isSaved) return notSaved(form, why);
    if (window.isTyped(form)) return sayTyped(form); // while this was on its way: the next answer decides
    unsaved.delete(form);
    say(form, `Saved ${clock()}`, "saved");
  }

  function onLost(event) {
    const form = saving(event);
    if (!form) return;
    notSaved(form, "no connection, trying again…");
    setTimeout(() => form.isConnected && unsaved.has(form) && window.htmx.trigger(form, "autosave"), RETRY_MS);
  }

  document.addEventListener("input", (event) => {
    const form = formOf(event.target);
    if (!form) return;
    form.dataset.typed = String(Number(form.dataset.typed || 0) + 1);
    unsaved.add(form);
    if (!form.querySelector(".conflict")) sayTyped(form);
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = saving(event);
    if (!form) return;
    form.dataset.sent = form.dataset.typed || "";
    say(form, "Saving…", "saving");
  });
  document.addEventListener("htmx:validation:halted", (event) => {
    if (saving(event)) notSaved(saving(event), "see the marked fields");
  });
  document.addEventListener("htmx:afterRequest", onAnswer);
  document.addEventListener("htmx:sendError", onLost);
  document.addEventListener("htmx:timeout", onLost);
  document.addEventListener("submit", (event) => unsaved.delete(event.target));
  window.addEventListener("beforeunload", (event) => {
    if ([...unsaved].some((form) => form.isConnected)) event.preventDefault();
  });
})();
