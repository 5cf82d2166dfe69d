// Keys of the desk, and what a page says after a piece of it was renewed. Everything works without this file.
"use strict";
(() => {
  const TYPING = "input:not([type=checkbox]):not([type=radio]):not([type=submit]), textarea, select, [contenteditable]";
  const first = (found, where = document) => [...where.querySelectorAll(found)].find((one) => one.checkVisibility?.() ?? true);
  const keysOn = () => !document.body.classList.contains("keys-off");

  // Opens what a field is folded into, so that it can be seen and typed into.
  const reveal = (target) => {
    for (let fold = target.closest("details:not([open])"); fold; fold = fold.parentElement.closest("details:not([open])")) {
      fold.open = true;
    }
  };

  const press = (target) => {
    reveal(target);
    if (target.matches("input:not([type=checkbox]), select, textarea")) {
      target.focus();
      target.select?.();
    } else {
      target.click();
    }
  };

  // The list of cases: one row down or up.
  const move = (step) => {
    const rows = [...document.querySelectorAll("[data-row]")];
    if (!rows.length) return false;
    const now = rows.indexOf(document.activeElement);
    const row = rows[Math.min(rows.length - 1, Math.max(0, now < 0 ? 0 : now + step))];
    row.focus();
    row.scrollIntoView({ block: "nearest" });
    return true;
  };

  const pick = (number) => {
    const box = first(`input[data-pick="${number}"]`);
    if (box) box.click();
    return Boolean(box);
  };

  const pressed = (key) => {
    if (key === "j" && move(1)) return true;
    if (key === "k" && move(-1)) return true;
    if (/^[1-9]$/.test(key)) return pick(key);
    const target = first(`[data-key="${CSS.escape(key)}"]`);
    if (!target || target.disabled) return false;
    press(target);
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.matches?.(TYPING)) {
      event.target.blur();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    if (!keysOn() || event.target.closest?.(TYPING)) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : "";
    if (key && pressed(key)) event.preventDefault();
  });

  // A case is not decided twice by two quick presses.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.hasAttribute("hx-post") || form.method !== "post") return;
    if (form.dataset.sent) event.preventDefault();
    else if (!form.hasAttribute("hx-boost")) form.dataset.sent = "1";
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
  });

  // How long a case is still held.
  const minutes = () => {
    document.querySelectorAll("[data-until]").forEach((one) => {
      const left = Math.ceil((Date.parse(one.dataset.until) - Date.now()) / 60000);
      one.textContent = left > 0 ? `Held for you, ${left} min left` : "No longer held for you";
    });
  };
  minutes();
  setInterval(minutes, 15000);

  // After a case was decided the next one stands in its place: its heading has the focus, and what was saved is said.
  document.addEventListener("htmx:afterSettle", (event) => {
    minutes();
    if (event.detail.target !== document.body) return;
    window.scrollTo(0, 0);
    document.querySelector("[data-focus]")?.focus({ preventScroll: true });
    const told = document.querySelector("#said p");
    if (!told) return;
    // Words that come after the page did are read aloud; the button beside them stays, so that Z works at once.
    const words = told.textContent;
    told.textContent = "";
    setTimeout(() => { told.textContent = words; }, 60);
  });

  // What a page asks for by itself never takes the place of what somebody is typing into.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, requestConfig } = event.detail;
    if (xhr.status >= 400 && requestConfig.elt.closest("#hold, #place")) event.detail.shouldSwap = false;
  });

  // A server that does not answer: nothing was saved, and what was typed is still there.
  const failed = () => {
    const said = document.getElementById("said");
    if (!said) return;
    const banner = document.createElement("div");
    banner.className = "banner careful";
    banner.textContent = "Not saved: the server does not answer. What you typed is still here; try again.";
    said.replaceChildren(banner);
  };
  document.addEventListener("htmx:sendError", failed);
  document.addEventListener("htmx:timeout", failed);
})();
