/**
 * The desk's few lines of script; every page works without them.
 *
 * After htmx has put a part of a page in place, the focus goes to what the answer names (`data-focus`) and what it says
 * (`data-announce`) is announced; an answer that htmx does not take is fetched by the browser itself. Where a part asks
 * again and again (`every`), its page is fetched instead (`data-page`), and a server that is away is asked again.
 * What is filled in beside a choice makes that choice.
 * Keys press what names them (`data-key`), `?` lists them, and whoever does not want them switches them off. A time that
 * ends counts down (`data-ends`, in milliseconds since 1970).
 * @module
 */

const OFF = "desk-keys-off";

document.documentElement.classList.add("scripted");

/** @param {string} words */
function announce(words) {
  const live = document.getElementById("live");
  if (live === null) return;
  live.textContent = "";
  requestAnimationFrame(() => { live.textContent = words; });
}

document.addEventListener("htmx:afterSettle", (event) => {
  const part = /** @type {HTMLElement} */ (event.target);
  const said = part.dataset.announce ?? part.querySelector("[data-announce]")?.getAttribute("data-announce");
  const to = /** @type {HTMLElement | null} */ (part.matches("[data-focus]") ? part : part.querySelector("[data-focus]"));
  if (to !== null) {
    if (!to.matches("a[href], button, input, select, textarea, [tabindex]")) to.tabIndex = -1;
    to.focus();
  }
  if (said) announce(said);
});

for (const name of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(name, (event) => {
    const { elt, requestConfig, pathInfo } = /** @type {CustomEvent} */ (event).detail;
    if (elt?.getAttribute("hx-trigger")?.startsWith("every")) {
      if (name === "htmx:responseError" && elt.dataset.page) location.assign(elt.dataset.page);
      return;
    }
    if (requestConfig?.verb === "get" && pathInfo !== undefined) location.assign(pathInfo.finalRequestPath ?? pathInfo.requestPath);
  });
}

/** @param {EventTarget | null} where @returns {boolean} */
function types(where) {
  return where instanceof HTMLElement && (where.isContentEditable || where.matches("textarea, select, input:not([type=radio], [type=checkbox], [type=button], [type=submit])"));
}

/** True if keys are wanted: a browser that keeps nothing wants them each time. @returns {boolean} */
function wanted() {
  try { return localStorage.getItem(OFF) === null; } catch { return true; }
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || types(event.target) || !wanted()) return;
  if (document.querySelector("dialog[open]") !== null) return;
  if (event.key === "?") {
    if (help()) event.preventDefault();
    return;
  }
  const pressed = [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-key]"))].find((one) => one.dataset.key === event.key && one.checkVisibility());
  if (pressed === undefined) return;
  event.preventDefault();
  pressed.focus();
  pressed.click();
});

/** Show the keys of this page; false where it has none to show. @returns {boolean} */
function help() {
  const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("keys"));
  const list = dialog?.querySelector("dl");
  if (!dialog || !list) return false;
  list.replaceChildren();
  for (const one of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-key]"))) {
    const row = document.createElement("div"), key = document.createElement("kbd"), dt = document.createElement("dt"), dd = document.createElement("dd");
    key.textContent = one.dataset.key ?? "";
    dd.textContent = one.dataset.keyWords ?? one.getAttribute("aria-label") ?? one.closest("label")?.textContent?.trim() ?? one.textContent?.trim() ?? "";
    dt.append(key);
    row.append(dt, dd);
    list.append(row);
  }
  dialog.showModal();
  return true;
}

/** A choice is made by who fills in something beside it; the server understands it too. */
document.addEventListener("input", (event) => {
  const field = event.target;
  if (!(field instanceof HTMLElement) || field.matches("input[type=radio]")) return;
  const choice = /** @type {HTMLInputElement | null | undefined} */ (field.closest(".choice")?.querySelector("input[type=radio]"));
  if (choice && !choice.checked && (!("value" in field) || field.value !== "")) choice.checked = true;
});

document.addEventListener("click", (event) => {
  const asked = event.target instanceof Element ? event.target.closest("[data-shows-keys]") : null;
  if (asked !== null) help();
});

/** In a table of texts Enter goes to the same column of the next row (with Shift: the one before), Ctrl+Enter saves. */
document.addEventListener("keydown", (event) => {
  const cell = /** @type {HTMLInputElement | null} */ (event.target instanceof HTMLElement ? event.target.closest("[data-cells] :is(input:not([type]), textarea)") : null);
  if (cell === null || event.key !== "Enter" || event.isComposing || event.altKey) return;
  event.preventDefault();
  if (event.ctrlKey || event.metaKey) { cell.form?.requestSubmit(); return; }
  const column = [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(`[data-cells] [lang="${cell.lang}"]`))];
  column[column.indexOf(cell) + (event.shiftKey ? -1 : 1)]?.focus();
});

/** The box that switches the keys off, where a page has it. */
function switchKeys() {
  const box = /** @type {HTMLInputElement | null} */ (document.getElementById("keys-wanted"));
  if (box === null) return;
  box.checked = wanted();
  box.addEventListener("change", () => {
    try {
      if (box.checked) localStorage.removeItem(OFF);
      else localStorage.setItem(OFF, "1");
    } catch { /* it is kept for this page alone: nothing to keep it in */ }
  });
}

/** Each second, what is left of every time that ends. */
function count() {
  for (const one of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-ends]"))) {
    const left = Math.max(0, Math.round((Number(one.dataset.ends) - Date.now()) / 1000));
    const text = left === 0 && one.dataset.ended ? one.dataset.ended : `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (one.textContent !== text) one.textContent = text;
  }
}

for (const one of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-print]"))) one.addEventListener("click", () => print());
switchKeys();
if (document.querySelector("[data-ends]") !== null) { count(); setInterval(count, 1000); }

/** A form that asks the browser for a passkey before it is posted; where there can be none it stays hidden. */
for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-passkey]"))) {
  if (!("PublicKeyCredential" in window) || !("parseRequestOptionsFromJSON" in PublicKeyCredential)) continue;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    const answer = /** @type {HTMLInputElement} */ (form.elements.namedItem("answer"));
    if (answer.value !== "") return;
    event.preventDefault();
    const options = JSON.parse(form.dataset.options ?? "{}");
    try {
      const made = form.dataset.passkey === "create"
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
      answer.value = JSON.stringify(/** @type {PublicKeyCredential} */ (made).toJSON());
    } catch { return; /* the person broke it off, or there is none: the page stays as it is */ }
    form.submit();
  });
}

const WARNED_MS = 120_000;

/** Asks two minutes before a session ends whether somebody is still there (WCAG 2.2.1): the same page goes on, and so
 * does what was typed in it. @param {HTMLDialogElement} dialog */
function watch(dialog) {
  let timer = 0;
  /** @param {string} when */
  const show = (when) => {
    for (const part of /** @type {NodeListOf<HTMLElement>} */ (dialog.querySelectorAll("[data-when]"))) part.hidden = part.dataset.when !== when;
    if (!dialog.open) dialog.showModal();
  };
  /** @param {number} left */
  const wait = (left) => {
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      show(left > WARNED_MS ? "soon" : "last");
      timer = window.setTimeout(() => { show("over"); }, Math.min(left, WARNED_MS));
    }, Math.max(0, left - WARNED_MS));
  };
  dialog.querySelector("[data-stays]")?.addEventListener("click", async () => {
    const answer = await fetch(dialog.dataset.here ?? "", { redirect: "manual", cache: "no-store" }).catch(() => null);
    if (answer === null) return; /* no network: the button is there to be pressed again */
    if (!answer.ok) { show("over"); return; }
    dialog.close();
    wait(Number(await answer.text()));
  });
  wait(Number(dialog.dataset.left));
}

const ends = /** @type {HTMLDialogElement | null} */ (document.getElementById("ends"));
if (ends !== null) watch(ends);
