/**
 * `node field/build.js`: makes `served/`, what browsers get: our modules as they stand but without comments, and the
 * packages of the lock, one file each. Nothing of ours is joined.
 * @module
 */

import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const SERVED = join(HERE, "served");
const ROOMS = ["crypto", "sync", "forms", "picture", "device", "app"];
/** What our modules import, and the file that a browser gets for it. */
const PARTS = /** @type {Record<string, string>} */ ({
  "@hpke/core": "hpke.js", "@hpke/hybridkem-x-wing": "x-wing.js", "@noble/hashes/sha2.js": "sha2.js", "@noble/hashes/hmac.js": "hmac.js", idb: "idb.js",
  "hash-wasm": "argon2.js", preact: "preact.js", "preact/hooks": "hooks.js", "@preact/signals": "signals.js", htm: "htm.js",
});
/** Of these only what we use. @type {Record<string, string>} */
const ONLY = {
  "hash-wasm": 'export { argon2id } from "hash-wasm";',
  "@hpke/core": 'export { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";',
  "@hpke/hybridkem-x-wing": 'export { XWing } from "@hpke/hybridkem-x-wing";',
  "@noble/hashes/sha2.js": 'export { sha256 } from "@noble/hashes/sha2.js";',
  "preact/hooks": 'export * from "./node_modules/preact/hooks/dist/hooks.mjs";', // its bare name counts as preact's own
  htm: 'export { default } from "htm";',
};
const SHARED = ["preact", "preact/hooks"];

await rm(SERVED, { recursive: true, force: true });
await mkdir(join(SERVED, "vendor"), { recursive: true });
for (const [name, file] of Object.entries(PARTS)) {
  const { outputFiles } = await build({
    stdin: { contents: ONLY[name] ?? `export * from ${JSON.stringify(name)};`, resolveDir: HERE }, bundle: true, format: "esm", minify: true, write: false,
    target: "es2022", legalComments: "none", external: SHARED.filter((one) => one !== name), logLevel: "error",
  });
  await writeFile(join(SERVED, "vendor", file), outputFiles[0].contents);
}
for (const path of ["bytes.js", ...(await Promise.all(ROOMS.map(modules))).flat()]) {
  const { code } = await transform(await readFile(join(HERE, path), "utf8"), { minifyWhitespace: true, legalComments: "none", target: "es2022" });
  await mkdir(dirname(join(SERVED, path)), { recursive: true });
  await writeFile(join(SERVED, path), code);
}
for (const path of ["index.html", "sw.js.txt", "app.css", "manifest.webmanifest", "icon.svg"]) await cp(join(HERE, path), join(SERVED, path));
await writeFile(join(SERVED, "imports.json"), JSON.stringify(PARTS));

/** @param {string} room @returns {Promise<string[]>} */
async function modules(room) {
  const found = await readdir(join(HERE, room), { recursive: true });
  return found.filter((path) => path.endsWith(".js")).map((path) => join(room, path));
}
