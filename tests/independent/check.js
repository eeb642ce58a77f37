/**
 * `node tests/independent/check.js NAME FILE`: the vectors that only a server needs, as `field/check-vectors.js` does the rest.
 * @module
 */

import { readFile } from "node:fs/promises";
import { difference } from "./kinds.js";

const [name, file] = process.argv.slice(2);
const found = await difference(name, JSON.parse(await readFile(file, "utf8")));
if (found !== null) {
  console.error(found);
  process.exit(1);
}
