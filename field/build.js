/**
 * `node field/build.js`: makes `served/`, what browsers get: our modules, each by itself without comments, and the
 * packages of the lock, joined to a file for the screens, one for sealing, and one for each that is loaded when asked for.
 * Nothing of ours is joined: a package that a module names becomes the path of its file, which a worker finds too (it knows
 * no import map). Beside each file stands what Brotli makes of it.
 * @module
 */

import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { build, transform } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const SERVED = join(HERE, "served");
const ALONE = ["bytes.js", "worker.js"];
const ROOMS = ["crypto", "sync", "forms", "picture", "device", "app"];
const LOOK = "look.js", SEALING = "sealing.js", ARGON2 = "argon2.js", QR = "qr.js";
/** The packages that our modules import, and the file that a browser gets for it. */
const PARTS = /** @type {Record<string, string>} */ ({
  preact: LOOK, "preact/hooks": LOOK, "@preact/signals": LOOK, htm: LOOK,
  "@hpke/core": SEALING, "@hpke/hybridkem-x-wing": SEALING, "@noble/hashes/sha2.js": SEALING, "@noble/hashes/hmac.js": SEALING, idb: SEALING,
  "hash-wasm": ARGON2, jsqr: QR,
});
/** The contents of those files: of most packages only what we use. @type {Record<string, string>} */
const FILES = {
  [LOOK]: 'export * from "preact"; export * from "preact/hooks"; export { signal, computed, effect } from "@preact/signals"; export { default } from "htm";',
  [SEALING]: 'export { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core"; export { XWing } from "@hpke/hybridkem-x-wing"; export { sha256 } from "@noble/hashes/sha2.js"; export { hmac } from "@noble/hashes/hmac.js"; export { openDB, deleteDB } from "idb";',
  [ARGON2]: 'export { argon2id } from "hash-wasm";',
  [QR]: 'export { default } from "jsqr";',
};
const COPIED = ["index.html", "sw.js.txt", "app.css", "work.css", "manifest.webmanifest", "icon.svg", "icon-180.png", "icon-192.png", "icon-512.png", "old.js"];

await rm(SERVED, { recursive: true, force: true });
await mkdir(join(SERVED, "vendor"), { recursive: true });
for (const [file, contents] of Object.entries(FILES)) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: HERE }, bundle: true, format: "esm", minify: true, write: false, target: "es2022", legalComments: "none", logLevel: "error",
  });
  await serve(join("vendor", file), outputFiles[0].contents);
}
/** Each module by itself: whatever it imports stays outside, a package under the path of its file. @type {import("esbuild").Plugin} */
const apart = {
  name: "apart",
  setup(own) {
    own.onResolve({ filter: /./ }, ({ kind, path, importer }) => {
      if (kind === "entry-point") return undefined;
      const file = PARTS[path];
      return { external: true, path: file === undefined ? path : relative(dirname(importer), join(HERE, "vendor", file)).replace(/^(?!\.)/, "./") };
    });
  },
};
for (const path of [...ALONE, ...(await Promise.all(ROOMS.map(modules))).flat()]) {
  const { outputFiles } = await build({
    entryPoints: [join(HERE, path)], bundle: true, plugins: [apart], format: "esm", minify: true, write: false, target: "es2022", legalComments: "none", logLevel: "error",
  });
  await serve(path, outputFiles[0].contents);
}
for (const path of COPIED) {
  if (path.endsWith(".css")) await serve(path, Buffer.from((await transform(await readFile(join(HERE, path), "utf8"), { minify: true, loader: "css" })).code));
  else await cp(join(HERE, path), join(SERVED, path));
}
await writeFile(join(SERVED, "index.html"), (await readFile(join(HERE, "index.html"), "utf8")).replace("{first}", await first()));

/** @param {string} path @param {Uint8Array} body */
async function serve(path, body) {
  await mkdir(dirname(join(SERVED, path)), { recursive: true });
  await writeFile(join(SERVED, path), body);
  await writeFile(join(SERVED, `${path}.br`), brotliCompressSync(body));
}

/** Links that fetch at once what the first screen needs, instead of one module after the other names the next; what is painted before comes first. */
async function first() {
  const { metafile } = await build({ entryPoints: [join(HERE, "app/main.js")], bundle: true, write: false, metafile: true, format: "esm", external: Object.keys(PARTS), absWorkingDir: HERE, logLevel: "error" });
  const found = new Set(["app/main.js"]), parts = new Set();
  for (const path of found) {
    for (const { path: name, kind, external } of metafile.inputs[path].imports) {
      if (kind !== "import-statement") continue;
      if (external) parts.add(`vendor/${PARTS[name]}`);
      else found.add(name);
    }
  }
  return [...parts, ...found].map((path) => `<link rel="modulepreload" fetchpriority="low" href="/field/v/{version}/${path}">`).join("\n");
}

/** @param {string} room @returns {Promise<string[]>} */
async function modules(room) {
  const found = await readdir(join(HERE, room), { recursive: true });
  return found.filter((path) => path.endsWith(".js")).map((path) => join(room, path));
}
