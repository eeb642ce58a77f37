/**
 * `node field/check-rows.js < ROWS`: many rows in one process, for tests that make them. Each line is
 * `{kind, row, document}`; each line of the answer is null or the difference.
 * @module
 */

import { createInterface } from "node:readline";
import { KINDS } from "./vectors/kinds.js";

for await (const line of createInterface({ input: process.stdin })) {
  const { kind, row, document } = JSON.parse(line);
  let found;
  try {
    found = await KINDS[kind].check(row, document, "");
  } catch (error) {
    found = `${/** @type {Error} */ (error).stack}`;
  }
  process.stdout.write(`${JSON.stringify(found)}\n`);
}
