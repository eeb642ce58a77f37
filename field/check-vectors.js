/**
 * `node field/check-vectors.js NAME FILE`: compares a vector file with what this implementation gives, as
 * `veldpost check-vectors NAME FILE` does for the server. Prints the first difference and ends with 1.
 * @module
 */

import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { KINDS, difference } from "./vectors/kinds.js";

const [name, file] = process.argv.slice(2);
if (!file || !(name in KINDS)) {
  console.error(`Use: node field/check-vectors.js NAME FILE\nNAME is one of: ${Object.keys(KINDS).join(", ")}`);
  process.exit(2);
}
let document;
try {
  document = JSON.parse(await readFile(file, "utf8"));
} catch (error) {
  console.error(`${file}: ${/** @type {Error} */ (error).message}`);
  process.exit(2);
}
const found = await difference(name, document, dirname(file));
if (found !== null) {
  console.error(`${file}: ${found}`);
  process.exit(1);
}
console.log(`${file}: no difference`);
