/**
 * `node tests/field/checker.mjs < LINES`: compares vector file after vector file in one process, as `field/check-vectors.js`
 * (`side` "field") and `tests/independent/check.js` (`side` "independent") do one each. A line is `{side, kind, file}`; its
 * answer is `{found}`, which is null or the first difference.
 * @module
 */

import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import * as field from "../../field/vectors/kinds.js";
import * as independent from "../independent/kinds.js";

const SIDES = { field, independent };

for await (const line of createInterface({ input: process.stdin })) {
  const { side, kind, file } = JSON.parse(line);
  let found;
  try {
    found = await SIDES[side].difference(kind, JSON.parse(readFileSync(file, "utf8")), dirname(file));
  } catch (error) {
    found = `${/** @type {Error} */ (error).stack}`;
  }
  process.stdout.write(`${JSON.stringify({ found })}\n`);
}
