/**
 * Follows the references of a schema, and finds the node of one question in it (forms/SPEC.md 6.2). The schema was judged
 * when its form was published: every reference leads somewhere.
 * @module
 */

import * as paths from "../paths.js";

/** @typedef {any} Schema */

const DEFINITIONS = "#/$defs/";

/** The node with its reference followed, what stands beside it counting first. @param {Schema} node @param {Schema} root @returns {Schema} */
export function resolved(node, root) {
  let found = node;
  while (found.$ref !== undefined) {
    const { $ref, ...beside } = found;
    found = { ...root.$defs[$ref.slice(DEFINITIONS.length)], ...beside };
  }
  return found;
}

/** The schema of one question or group. @param {Schema} schema @param {string} template @returns {Schema} */
export function nodeAt(schema, template) {
  const steps = template === "" ? [] : paths.parse(template), begin = resolved(schema, schema);
  return steps.reduce((node, name) => resolved(name === paths.ANY_ITEM ? node.items : node.properties[name], schema), begin);
}

/** True if its own group demands an answer to this question. @param {Schema} schema @param {string} template */
export function isRequired(schema, template) {
  const names = paths.parse(template);
  return (nodeAt(schema, paths.format(names.slice(0, -1))).required ?? []).includes(names[names.length - 1]);
}
