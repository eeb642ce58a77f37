/**
 * That a device lived in this browser: a cookie that says so and nothing else. When a browser threw the stores away, the
 * app can say what happened instead of welcoming a stranger.
 * @module
 */

const NAME = "veldpost-lived";
const AGE_S = 400 * 86_400; // no browser keeps one longer

/** True if a device lived here that nobody took away. */
export function remembers() {
  return document.cookie.split("; ").includes(`${NAME}=1`);
}

/** Note that a device lives here. */
export function remember() {
  write(AGE_S);
}

/** The last device was taken away by its worker, or by the office. */
export function forget() {
  write(0);
}

/** @param {number} age */
function write(age) {
  document.cookie = `${NAME}=1; Path=/field/; Max-Age=${age}; SameSite=Strict${location.protocol === "https:" ? "; Secure" : ""}`;
}
