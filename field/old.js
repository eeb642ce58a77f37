// Runs in every browser, however old: says in words what is missing where the app cannot run. Otherwise what the page shows
// first stays until `main.js` clears it away, in the language of the browser.
(function () {
  var place = /** @type {HTMLElement} */ (document.getElementById("app"));
  var isOld = !window.HTMLScriptElement || !HTMLScriptElement.supports || !HTMLScriptElement.supports("importmap") || !window.indexedDB || !navigator.locks || !window.AbortSignal || !AbortSignal.timeout || !window.CSS || !CSS.supports("color", "light-dark(#fff, #000)");
  var said = !window.isSecureContext
    ? ["Veldpost werkt alleen via een adres dat met https begint. Vraag kantoor om het juiste adres.", "Veldpost only works at an address that begins with https. Ask the office for the right one."]
    : isOld
      ? ["Deze browser is te oud voor Veldpost. Werk Chrome, Edge, Firefox of Safari bij en open deze pagina opnieuw.", "This browser is too old for Veldpost. Update Chrome, Edge, Firefox or Safari and open this page again."]
      : null;
  var first = /** @type {HTMLElement} */ (document.getElementById("first"));
  if (said === null) {
    if (/^en/.test(navigator.language)) {
      first.lang = "en";
      first.textContent = "Forms for on the way, which work without a connection too. Everything is sealed on this device, and sent as soon as there is a connection.";
    }
    return;
  }
  place.setAttribute("data-old", "");
  first.textContent = said[0];
  var line = document.createElement("p");
  line.lang = "en";
  line.textContent = said[1];
  /** @type {HTMLElement} */ (first.parentNode).appendChild(line);
})();
