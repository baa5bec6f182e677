// Short messages at the edge of the page: from the server's page, from an answer's HX-Trigger "toast", from our scripts.
(() => {
  const SECONDS = 8;
  const LASTING = ".note-error, .note-warning";

  window.toast = (words, level = "info") => {
    const note = document.getElementById("toast-shape").content.firstElementChild.cloneNode(true);
    note.className = `note note-${level}`;
    note.querySelector(".note-words").textContent = words;
    document.getElementById("messages").append(note);
    return note;
  };

  // Problems stay until they are closed; the rest leaves by itself, unless it is being read.
  function leaveLater(note) {
    if (note.matches(LASTING)) return;
    setTimeout(() => (note.matches(":hover, :focus-within") ? leaveLater(note) : note.remove()), SECONDS * 1000);
  }

  document.addEventListener("DOMContentLoaded", () => {
    const messages = document.getElementById("messages");
    messages.querySelectorAll("[data-toast]").forEach(leaveLater);
    new MutationObserver((changes) => {
      for (const change of changes)
        for (const node of change.addedNodes) if (node.matches?.("[data-toast]")) leaveLater(node);
    }).observe(messages, { childList: true });
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-close-toast]")) event.target.closest("[data-toast]").remove();
  });
  document.addEventListener("toast", (event) => window.toast(event.detail.text, event.detail.level));
})();
