/**
 * Whether a theme can be used, and its style sheet, written from forms/theme/SPEC.md: only servers read themes.
 * @module
 */

/** @typedef {{colours: Record<string, [string, string]>, lengths: Record<string, string[]>, numbers: Record<string, string[]>, families: Record<string, string>, fonts: string[], text: Record<string, string[]>, parts: Record<string, string[]>}} Table */

const SCHEMES = ["light", "dark"];

/** The relative luminance of `#rrggbb`. @param {string} colour */
function luminance(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255).map((share) => (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** @param {string} one @param {string} other */
export function contrast(one, other) {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** The ratio as it is said: cut to two decimals. @param {string} one @param {string} other */
export const said = (one, other) => Math.floor(contrast(one, other) * 100) / 100;

/**
 * @param {Table} table @param {unknown} light a document, or text that may be none @param {unknown} dark
 * @returns {{findings: string[][], warnings: string[][], left_out: number, css: string | null}}
 */
export function readTheme(table, light, dark) {
  /** @type {string[][]} */
  const findings = [], warnings = /** @type {string[][]} */ ([]);
  const documents = dark === undefined ? [light] : [light, dark], sets = /** @type {Map<string, string>[]} */ ([]);
  let leftOut = 0;
  for (const [number, document] of documents.entries()) {
    const tokens = tokensOf(document);
    if (typeof tokens === "string") return { findings: [[tokens, ""]], warnings: [], left_out: 0, css: null };
    const set = new Map();
    for (const path of tokens.keys()) {
      const name = path.replaceAll(".", "-"), kind = kindOf(table, name);
      if (kind === null || (number === 1 && kind !== "colour")) {
        leftOut += 1;
        continue;
      }
      const value = follow(tokens, path);
      if (value === undefined) findings.push(["theme-reference", path]);
      else if (kind === "family") family(table, name, path, value, set, findings, warnings);
      else {
        const text = kind === "colour" ? colour(value) : bounded(kind, value, kind === "length" ? table.lengths[name] : table.numbers[name]);
        if (text === null) findings.push([`theme-${kind}`, path]);
        else set.set(name, text);
      }
    }
    sets.push(set);
  }
  if (findings.length === 0 && sets.every((set) => set.size === 0)) findings.push(["theme-empty", ""]);
  for (const [at, scheme] of SCHEMES.entries()) weigh(table, at, sets[at] ?? new Map(), scheme, findings, warnings);
  return { findings, warnings, left_out: leftOut, css: findings.length > 0 ? null : sheet(table, sets) };
}

/** @param {Table} table @param {number} at @param {Map<string, string>} set @param {string} scheme @param {string[][]} findings @param {string[][]} warnings */
function weigh(table, at, set, scheme, findings, warnings) {
  const shown = (/** @type {string} */ name) => set.get(name) ?? table.colours[name][at];
  for (const [least, put] of /** @type {[number, Record<string, string[]>][]} */ ([[4.5, table.text], [3, table.parts]])) {
    for (const [front, backs] of Object.entries(put)) {
      for (const back of backs) {
        if (!set.has(front) && !set.has(back)) continue;
        const ratio = contrast(shown(front), shown(back)), about = [back, scheme, String(said(shown(front), shown(back)))];
        if (ratio < least) findings.push(["theme-contrast", front, ...about]);
        else if (least === 4.5 && ratio < 7) warnings.push(["theme-sunlight", front, ...about]);
      }
    }
  }
}

/** @param {Table} table @param {Map<string, string>[]} sets */
function sheet(table, [light, dark = new Map()]) {
  const names = [...light.keys(), ...dark.keys()].sort(), colours = [...new Set(names)].filter((name) => name in table.colours);
  const lines = [...colours.map((name) => `--${name}:light-dark(${light.get(name) ?? table.colours[name][0]},${dark.get(name) ?? table.colours[name][1]})`),
    ...[...light.keys()].sort().filter((name) => !(name in table.colours)).map((name) => `--${name}:${light.get(name)}`)];
  return lines.length === 0 ? "" : `:root{${lines.join(";")}}\n`;
}

/** @param {Table} table @param {string} name */
function kindOf(table, name) {
  return name in table.colours ? "colour" : name in table.lengths ? "length" : name in table.numbers ? "number" : name in table.families ? "family" : null;
}

/** Every token by its path, or the code of why there are none. @param {unknown} given @returns {Map<string, unknown> | string} */
function tokensOf(given) {
  let document = /** @type {any} */ (given);
  if (typeof given === "string") {
    try {
      document = JSON.parse(given);
    } catch {
      return "theme-not-json";
    }
  }
  if (!isGroup(document)) return "theme-not-json";
  const order = document.$metadata?.tokenSetOrder, roots = Array.isArray(order) ? order.map((name) => document[name]).filter(isGroup) : [document];
  const tokens = new Map();
  let isDeep = false;
  const walk = (/** @type {Record<string, any>} */ group, /** @type {string[]} */ at) => {
    if (at.length >= 16) {
      isDeep = true;
      return;
    }
    for (const [name, node] of Object.entries(group)) {
      if (name.startsWith("$") || !isGroup(node)) continue;
      const path = [...at, name];
      if ("$value" in node) tokens.set(path.join("."), node.$value);
      else if ("value" in node && !isGroup(node.value)) tokens.set(path.join("."), node.value);
      else walk(node, path);
    }
  };
  for (const root of roots) walk(root, []);
  return isDeep ? "theme-too-deep" : tokens;
}

/** @param {unknown} value @returns {value is Record<string, any>} */
const isGroup = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** The value behind references. @param {Map<string, unknown>} tokens @param {string} path @returns {unknown} */
function follow(tokens, path) {
  let value = tokens.get(path);
  for (let step = 0; step < 16; step += 1) {
    const found = typeof value === "string" ? /^\{([^{}]+)\}$/.exec(value.trim()) : null;
    if (found === null) return value;
    value = tokens.get(found[1].trim());
    if (value === undefined) return undefined;
  }
  return undefined;
}

/** @param {unknown} value @returns {string | null} */
function colour(value) {
  const two = (/** @type {number} */ part) => part.toString(16).padStart(2, "0");
  if (isGroup(value)) {
    const { colorSpace, components, alpha = 1 } = value;
    const isFine = colorSpace === "srgb" && alpha === 1 && Array.isArray(components) && components.length === 3 && components.every((one) => typeof one === "number" && one >= 0 && one <= 1);
    return isFine ? `#${components.map((/** @type {number} */ one) => two(Math.floor(one * 255 + 0.5))).join("")}` : null;
  }
  if (typeof value !== "string") return null;
  const text = value.trim();
  if (/^#[\da-f]{6}$/i.test(text)) return text.toLowerCase();
  if (/^#[\da-f]{3}$/i.test(text)) return `#${[...text.slice(1).toLowerCase()].map((sign) => sign + sign).join("")}`;
  const parts = /^rgb\( ?(\d{1,3})(?:, ?| )(\d{1,3})(?:, ?| )(\d{1,3}) ?\)$/.exec(text)?.slice(1).map(Number);
  return parts !== undefined && parts.every((part) => part < 256) ? `#${parts.map(two).join("")}` : null;
}

/** @param {number} amount */
const digits = (amount) => String(Number(amount.toFixed(4)));

/** A length or number within its bounds. @param {string} kind @param {any} value @param {string[]} rule */
function bounded(kind, value, [, least, most]) {
  const read = kind === "length" ? length : number, found = read(value), low = /** @type {[string, number]} */ (read(least)), high = /** @type {[string, number]} */ (read(most));
  return found !== null && found[1] >= low[1] && found[1] <= high[1] ? found[0] : null;
}

/** @param {any} value @returns {[string, number] | null} */
function length(value) {
  if (value === 0 || value === "0") return ["0px", 0];
  let amount = Number.NaN, unit = "";
  if (isGroup(value) && typeof value.value === "number") [amount, unit] = [value.value, value.unit];
  const found = typeof value === "string" ? /^(\d{0,4}(?:\.\d{1,4})?)(px|rem)$/.exec(value.trim()) : null;
  if (found !== null && found[1] !== "") [amount, unit] = [Number(found[1]), found[2]];
  if (!["px", "rem"].includes(unit) || !(amount >= 0 && amount < 10_000)) return null;
  return [digits(amount) + unit, amount * (unit === "rem" ? 16 : 1)];
}

/** @param {any} value @returns {[string, number] | null} */
function number(value) {
  const amount = typeof value === "string" && /^\d{1,4}(\.\d{1,4})?$/.test(value.trim()) ? Number(value) : value;
  return typeof amount === "number" && amount >= 0 && amount < 10_000 ? [digits(amount), amount] : null;
}

/** @param {Table} table @param {string} name @param {string} path @param {unknown} value @param {Map<string, string>} set @param {string[][]} findings @param {string[][]} warnings */
function family(table, name, path, value, set, findings, warnings) {
  const names = typeof value === "string" ? value.split(",") : value;
  if (!Array.isArray(names) || names.length < 1 || names.length > 20 || !names.every((one) => typeof one === "string" && one.trim() !== "")) {
    findings.push(["theme-family", path]);
    return;
  }
  const spelt = names.map((one) => one.replaceAll(/["']/g, " ").trim().replaceAll(/\s+/g, " ")).map((one) => table.fonts.find((font) => font.toLowerCase() === one.toLowerCase()));
  if (spelt.includes(undefined)) warnings.push(["theme-font", path]);
  const known = [...new Set(spelt.filter((one) => one !== undefined))].map((font) => (font.includes(" ") ? `"${font}"` : font));
  if (known.length > 0) set.set(name, [...known, ...table.families[name].split(",").filter((font) => !known.includes(font))].join(","));
}
