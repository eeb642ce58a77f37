/**
 * The service worker, and how a new version of the app takes over: by itself where no tab holds a draft, otherwise when
 * the worker says so. Each tab reloads only while it holds none.
 * @module
 */

import { signal } from "@preact/signals";
import { SERVICE, address } from "./trusted.js";

/** Locks that a tab holds while a form is open in it, by the beginning of their names. */
const DRAFT = "draft:";
const PATIENCE_MS = 20_000;

/** True if a new version waits until a form is closed. */
export const isWaiting = signal(false);
/** @type {ServiceWorkerRegistration | null} */
let registration = null;

/** Keep the app for when there is no connection, and look for newer ones. */
export async function keepApp() {
  if (!("serviceWorker" in navigator)) return;
  const hadOne = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (hadOne) void reload();
  });
  registration = await navigator.serviceWorker.register(address(SERVICE), { scope: "/field/" });
  registration.addEventListener("updatefound", () => {
    registration?.installing?.addEventListener("statechange", () => void offer());
  });
  await offer();
}

/** Look whether there is a newer version. */
export async function lookForNewer() {
  await registration?.update().catch(() => undefined); // without a connection there is none
}

/** A version that is ready takes over where nobody is filling anything in. */
async function offer() {
  if (registration?.waiting === null || registration?.waiting === undefined || navigator.serviceWorker.controller === null) return;
  if ((await draftsOpen()) === 0) takeOver();
  else isWaiting.value = true;
}

/** Let the waiting version take over. */
export function takeOver() {
  registration?.waiting?.postMessage("take-over");
}

/** A form was closed: what waited may come now. */
export async function formClosed() {
  if (isWaiting.value) await offer();
}

async function draftsOpen() {
  const { held = [] } = await navigator.locks.query();
  return held.filter(({ name }) => name?.startsWith(DRAFT)).length;
}

/** Keep every file of the app, those too that are otherwise fetched when first asked for. */
export async function keepAll() {
  const active = (await Promise.race([navigator.serviceWorker?.ready, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]))?.active;
  if (active === undefined || active === null) return;
  const { port1, port2 } = new MessageChannel(), kept = new Promise((resolve) => {
    port1.onmessage = resolve;
    setTimeout(resolve, PATIENCE_MS);
  });
  active.postMessage("keep-all", [port2]);
  await kept;
}

let holds = 0;

/** A form is open in this tab until the function that this returns is called; a new version waits as long. */
export function holdForm() {
  holds += 1;
  /** @type {() => void} */
  let close = () => {};
  const closed = new Promise((resolve) => {
    close = () => resolve(undefined);
  });
  void navigator.locks.request(`${DRAFT}${crypto.randomUUID()}`, () => closed).then(() => {
    holds -= 1;
    return formClosed();
  });
  return close;
}

async function reload() {
  if (holds === 0) location.reload();
  else isWaiting.value = true;
}
