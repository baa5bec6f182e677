// Buttons that copy: data-copy holds the text, or data-copy-from names the element whose text it is.
(() => {
  async function copy(button) {
    const source = button.dataset.copyFrom && document.querySelector(button.dataset.copyFrom);
    const text = source ? (source.value ?? source.textContent) : button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text);
      window.toast("Copied", "success");
    } catch {
      window.toast("The browser does not allow copying here. Select the text and copy it yourself.", "error");
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy], [data-copy-from]");
    if (button) copy(button);
  });
})();
