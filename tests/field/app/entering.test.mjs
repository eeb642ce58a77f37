import assert from "node:assert/strict";
import test from "node:test";
import "../../../field/node_modules/fake-indexeddb/auto/index.mjs";
import { isSamePhrase, setPassphrase, strengthOf, unlockByPassphrase } from "../../../field/device/lock.js";
import { Store } from "../../../field/device/store.js";

Object.assign(globalThis, { location: { hash: "", pathname: "/field/" }, addEventListener: () => undefined });
const { invitationIn } = await import("../../../field/app/arriving.js");

const CODE = `94a6474d39393031c410${"ab".repeat(16)}c420${"cd".repeat(32)}c420${"ef".repeat(32)}`, LINK = `https://veldpost.example/field/#${CODE}`;
const whole = { municipality: "GM9901", token: new Uint8Array(16).fill(0xab), secret: new Uint8Array(32).fill(0xcd), bundleHash: new Uint8Array(32).fill(0xef) };

test("an invitation is found in whatever a message made of it", () => {
  const parted = `${LINK.slice(0, 70)}\r\n> ${LINK.slice(70, 140)}\u200b \u00ad${LINK.slice(140)}`;
  const pasted = [LINK, CODE, `#${CODE}`, `  ${LINK}\n`, LINK.toUpperCase(), `<${LINK}>`, `"${LINK}".`, parted, LINK.replace("#", "%23"), `Dag, hier is de link: ${LINK}\nDe code geldt tien minuten. Groet, kantoor`];
  for (const text of pasted) assert.deepEqual(whole, invitationIn(text), text);
});

test("what is cut off, or none, is no invitation", () => {
  for (const text of ["", "geen uitnodiging", LINK.slice(0, -1), CODE.slice(1), LINK.replace("ab", "xy"), "https://veldpost.example/field/"]) assert.throws(() => invitationIn(text), undefined, text);
});

test("a blank that a keyboard put behind a word locks nobody out, and blanks are no passphrase", async () => {
  const store = await Store.open("lock", new Uint8Array(32).fill(7)), key = new Uint8Array(32).fill(9);
  await setPassphrase(store, key, "paard  fiets boom ");
  assert.deepEqual(key, await unlockByPassphrase(store, " paard fiets boom", 1));
  assert.ok(isSamePhrase("paard fiets boom", "paard fiets boom "));
  await assert.rejects(unlockByPassphrase(store, "paardfietsboom", 2), { code: "wrong-secret" });
  assert.deepEqual({ missing: 12, strength: 0 }, strengthOf(" ".repeat(12)));
  await assert.rejects(setPassphrase(store, key, `kort${" ".repeat(8)}`), { code: "passphrase-short" });
});

test("only a tab of a phone or tablet that throws away what tabs keep must be installed first", async () => {
  const { mustInstall } = await import("../../../field/app/installing.js"), must = (userAgent, more = {}, isInstalled = false) => mustInstall({ userAgent, maxTouchPoints: 0, ...more }, isInstalled);
  const phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile/15E148 Safari/604.1", mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.1 Safari/605.1.15";
  assert.deepEqual([true, true, true], [must(phone), must(mac, { maxTouchPoints: 5 }), must(phone.replace("Version/18.1", "CriOS/130.0"))]);
  assert.deepEqual([false, false, false], [must(phone, { standalone: true }), must(phone, {}, true), must(mac, { maxTouchPoints: 5, standalone: true })]);
  assert.deepEqual([false, false, false], [must(mac), must("Mozilla/5.0 (Linux; Android 15) Chrome/131.0 Mobile"), must("Mozilla/5.0 (X11; Linux x86_64) Firefox/132.0", { maxTouchPoints: 10 })]);
});
