/**
 * `node tests/field/planter.mjs FOLDER ...`: plants faults in the modules below these folders, each in a graph of modules
 * of its own, and says whether vectors or rows find it. One process for all, told what to do line by line in JSON:
 *
 * - `{rows, lines}` keeps rows that chance made, by the name of their kind;
 * - `{file, right, wrong, where}` plants a fault (none where `file` is null) and answers `{found}`: the first of `where`
 *   (`{kind, vectors}` or `{rows}`) that differs, or null; `{broken}` where the modules cannot be loaded.
 * @module
 */

import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [field, independent] = process.argv.slice(2).map((folder) => `${pathToFileURL(folder)}/`);
const MARK = /\?fault=\d+$/;
const isOurs = (url) => [field, independent].some((folder) => url.startsWith(folder)) && !url.includes("/node_modules/");
const kept = new Map();
let planted = { url: "", right: "", wrong: "" };
let number = 0;

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context), mark = context.parentURL?.match(MARK)?.[0];
    return mark !== undefined && isOurs(found.url) ? { ...found, url: `${found.url}${mark}` } : found;
  },
  load(url, context, next) {
    const found = next(url, context);
    return url !== planted.url ? found : { ...found, source: String(found.source).replace(planted.right, () => planted.wrong) };
  },
});

async function differs({ kind, vectors, rows }, fieldKinds, serverKinds) {
  if (rows !== undefined) {
    for (const { kind, row, document } of kept.get(rows)) {
      try {
        if ((await fieldKinds.KINDS[kind].check(row, document, "")) !== null) return true;
      } catch {
        return true;
      }
    }
    return false;
  }
  const document = JSON.parse(readFileSync(vectors, "utf8"));
  if (kind in fieldKinds.KINDS && (await fieldKinds.difference(kind, document, dirname(vectors))) !== null) return true;
  try {
    return kind in serverKinds.KINDS && (await serverKinds.difference(kind, document)) !== null;
  } catch {
    return true;
  }
}

async function plant({ file, right, wrong, where }) {
  number += 1;
  planted = { url: file === null ? "" : `${pathToFileURL(file)}?fault=${number}`, right, wrong };
  let fieldKinds, serverKinds;
  try {
    fieldKinds = await import(`${field}vectors/kinds.js?fault=${number}`);
    serverKinds = await import(`${independent}kinds.js?fault=${number}`);
  } catch (error) {
    return { broken: error.stack };
  }
  for (const [place, one] of where.entries()) if (await differs(one, fieldKinds, serverKinds)) return { found: place };
  return { found: null };
}

for await (const line of createInterface({ input: process.stdin })) {
  const said = JSON.parse(line);
  if ("lines" in said) kept.set(said.rows, said.lines);
  else process.stdout.write(`${JSON.stringify(await plant(said))}\n`);
}
