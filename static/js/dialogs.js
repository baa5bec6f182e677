// Opening and closing <dialog>s, and asking before what cannot be undone: data-confirm on a form, button or link.
(() => {
  const confirmBox = () => document.getElementById("confirm");

  function ask(source, go) {
    const box = confirmBox();
    box.querySelector("#confirm-question").textContent = source.dataset.confirm;
    const yes = box.querySelector("[data-confirm-yes]");
    yes.textContent = source.dataset.confirmVerb || source.textContent.trim() || "Continue";
    yes.classList.toggle("btn-danger", source.dataset.confirmDanger !== undefined);
    yes.classList.toggle("btn-primary", source.dataset.confirmDanger === undefined);
    box.returnValue = "no";
    box.addEventListener("close", () => { if (box.returnValue === "yes") go(); }, { once: true });
    box.showModal();
  }

  const asked = new WeakSet();
  const isHtmx = (element) => element.matches("[hx-get], [hx-post], [hx-put], [hx-patch], [hx-delete]");

  function onSubmit(event) {
    const source = event.submitter?.dataset.confirm ? event.submitter : event.target;
    if (!source.dataset.confirm || isHtmx(event.target) || isHtmx(source) || asked.delete(event.target)) return;
    event.preventDefault();
    ask(source, () => { asked.add(event.target); event.target.requestSubmit(event.submitter); });
  }

  function onHtmx(event) {
    const submitter = event.detail.triggeringEvent?.submitter;
    const source = [submitter, event.detail.elt].find((each) => each?.dataset.confirm);
    if (!source) return;
    event.preventDefault();
    ask(source, () => event.detail.issueRequest(true));
  }

  function onClick(event) {
    const opener = event.target.closest("[data-dialog]");
    if (opener) open(opener);
    if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
    // A click on the backdrop lands on the dialog itself. The second click of two that opened it shuts nothing.
    if (event.target.matches("dialog.sheet[open]") && event.detail < 2 && outside(event)) event.target.close();
  }

  function open(opener) {
    const loads = opener.hasAttribute("hx-get") && document.querySelector(opener.getAttribute("hx-target"));
    if (loads) loads.textContent = "Loading …"; // not what it showed last time
    document.getElementById(opener.dataset.dialog).showModal();
  }

  function outside(event) {
    const box = event.target.getBoundingClientRect();
    return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
  }

  document.addEventListener("submit", onSubmit, true);
  document.addEventListener("htmx:confirm", onHtmx);
  document.addEventListener("click", onClick);
  document.addEventListener("close-dialogs", () => document.querySelectorAll("dialog[open]").forEach((each) => each.close()));
})();
