// The mail in the preview: what is typed is posted into its frame, is rendered there as it would be sent, and stored
// nowhere. The frame is a box of its own, in which nothing runs.
(() => {
  const TOKEN = "csrfmiddlewaretoken";

  function fields() {
    const step = document.getElementById("step-form");
    if (step) return [...new FormData(step)];
    const token = document.querySelector(`input[name=${TOKEN}]`);
    return token ? [[TOKEN, token.value]] : [];
  }

  function fill(frame) {
    frame.dataset.filled = "";
    const form = document.createElement("form");
    Object.assign(form, { method: "post", action: frame.dataset.mailFrame, target: frame.name, hidden: true });
    for (const [name, value] of fields())
      form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    document.body.append(form);
    form.submit();
    form.remove();
  }

  document.addEventListener("htmx:afterSettle", () => {
    document.querySelectorAll("iframe[data-mail-frame]:not([data-filled])").forEach(fill);
  });
})();
