// What every htmx request shares: the CSRF token, a session that has ended, errors in words.
(() => {
  const WORDS = {
    403: "You may not do this. Ask an administrator for the permission.",
    404: "This is gone: somebody has deleted or moved it. Load the page again.",
    429: "Too many requests. Wait a moment, then try again.",
  };
  let signedOut = false;

  const TOKEN = "csrfmiddlewaretoken";

  // The cookie, not the page: after signing in again in another tab the page's token is old.
  function token() {
    const cookie = document.cookie.split("; ").find((each) => each.startsWith("csrftoken="));
    return cookie?.slice("csrftoken=".length);
  }

  function isLogin(url) {
    const login = document.body.dataset.login;
    return Boolean(login && url) && new URL(url, location.href).pathname === login;
  }

  function sayOnce() {
    if (signedOut) return;
    signedOut = true;
    const note = window.toast("You are signed out. What you typed is still here. ", "error");
    const link = Object.assign(document.createElement("a"), {
      href: document.body.dataset.login, target: "_blank", rel: "noopener",
      textContent: "Sign in again in a new tab, then go on here.",
    });
    note.querySelector(".note-words").append(link);
  }

  // The page that refuses says why; the reason is enough here.
  function refusal(xhr) {
    if (xhr.status !== 403) return "";
    const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
    return page.querySelector("[data-reason]")?.textContent;
  }

  const quiet = (element) => element.matches("#workers-light, [data-quiet], [data-autosave]");

  // Questions under an editor's token may reach the server in another order than they were asked.
  let turn = 0;

  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (!detail.parameters.editor) return;
    turn = Math.max(turn + 1, Date.now());
    detail.parameters.turn = turn;
  });
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb === "get" || !token()) return;
    event.detail.headers["X-CSRFToken"] = token();
    if (event.detail.parameters[TOKEN]) event.detail.parameters[TOKEN] = token();
  });
  document.addEventListener("submit", (event) => {
    const field = event.target.querySelector(`input[name=${TOKEN}]`);
    if (field && token()) field.value = token();
  }, true);
  document.addEventListener("htmx:beforeSwap", (event) => {
    const signedIn = !isLogin(event.detail.xhr.responseURL);
    if (signedIn) { signedOut = false; return; }
    event.detail.shouldSwap = false;
    sayOnce();
  });
  document.addEventListener("htmx:responseError", (event) => {
    if (quiet(event.detail.elt)) return;
    window.toast(refusal(event.detail.xhr) || WORDS[event.detail.xhr.status] || "Something broke on our side. Nothing was changed. Try again.", "error");
  });
  for (const failure of ["htmx:sendError", "htmx:timeout"])
    document.addEventListener(failure, (event) => {
      const light = event.detail.elt.querySelector(".light-words");
      if (event.detail.elt.id === "workers-light" && light) light.textContent = "server not reached";
      if (!quiet(event.detail.elt)) window.toast("The server does not answer. What you typed is still here.", "error");
    });
})();
