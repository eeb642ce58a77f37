/**
 * `node field/build-desk.js`: makes `backend/web/desk/served/`, the style sheet and the scripts of the desk's pages.
 *
 * One sheet: our tokens, those parts of NL Design System that pages use, our layout. Two scripts: htmx as it is, and
 * ours. Beside each file stands what Brotli makes of it. The server names a file by its content.
 * @module
 */

import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { transform } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const DESK = join(HERE, "..", "backend", "web", "desk");
const SERVED = join(DESK, "served");
/** The parts that pages use: plain elements wear them (`html`), others by their class. */
const PARTS = [
  ...["table", "button", "textbox", "select", "form-fieldset"].map((name) => `@utrecht/${name}-css/dist/html/index.css`),
  ...["alert", "form-field", "pagination", "breadcrumb-nav", "status-badge"].map((name) => `@utrecht/${name}-css/dist/index.css`),
  ...["heading", "paragraph", "link"].map((name) => `@nl-design-system-candidate/${name}-css/dist/html/${name}.css`),
  ...["skip-link", "number-badge", "data-badge"].map((name) => `@nl-design-system-candidate/${name}-css/dist/${name}.css`),
];

/** @param {string} path @returns {Promise<string>} */
const ours = (path) => readFile(join(DESK, "assets", path), "utf8");
/** @param {string} path @returns {Promise<string>} */
const theirs = (path) => readFile(join(HERE, "node_modules", path), "utf8");

await rm(SERVED, { recursive: true, force: true });
await mkdir(SERVED, { recursive: true });
const sheet = [await ours("tokens.css"), ...(await Promise.all(PARTS.map(theirs))), await ours("desk.css")].join("\n");
await serve("desk.css", (await transform(sheet, { loader: "css", minify: true, legalComments: "eof" })).code);
await serve("desk.js", (await transform(await ours("desk.js"), { loader: "js", minify: true, legalComments: "none" })).code);
await serve("htmx.js", await theirs("htmx.org/dist/htmx.min.js"));

/** @param {string} name @param {string} text */
async function serve(name, text) {
  const body = Buffer.from(text);
  await writeFile(join(SERVED, name), body);
  await writeFile(join(SERVED, `${name}.br`), brotliCompressSync(body));
}
