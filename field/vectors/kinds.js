/**
 * The kinds of vector files that can be checked here, each with the difference that one row makes.
 * @module
 */

import * as exchanging from "./exchanging.js";
import * as forming from "./forming.js";
import { mergeDifference } from "./merging.js";
import { pictureDifference, todayDifference } from "./picturing.js";
import { entryDifference, openingDifference } from "./sealing.js";
import * as tables from "./tables.js";

/** @typedef {(row: any, document: any, folder: string) => string | null | Promise<string | null>} Check */
/** @type {Record<string, {rows: (document: any) => any[], check: Check}>} */
export const KINDS = {
  merge: { rows: (document) => document, check: mergeDifference },
  entry: { rows: (document) => document, check: entryDifference },
  opening: { rows: (document) => document, check: openingDifference },
  headers: { rows: (document) => document, check: tables.headerDifference },
  clock: { rows: (document) => [document], check: tables.clockDifference },
  requests: { rows: (document) => document.requests, check: tables.requestDifference },
  facts: { rows: (document) => document, check: tables.factsDifference },
  grants: { rows: (document) => document, check: tables.grantsDifference },
  delivery: { rows: (document) => document, check: tables.deliveryDifference },
  "taking_in": { rows: (document) => document, check: tables.takingInDifference },
  device: { rows: exchanging.deviceRows, check: exchanging.deviceDifference },
  receipts: { rows: (document) => document, check: exchanging.receiptDifference },
  enrolment: { rows: (document) => document.answers, check: exchanging.enrolmentDifference },
  paths: { rows: (document) => document, check: forming.pathDifference },
  canonical: { rows: (document) => document, check: forming.canonicalDifference },
  answers: { rows: (document) => document, check: forming.answersDifference },
  items: { rows: (document) => document, check: forming.itemDifference },
  policies: { rows: (document) => document, check: forming.policyDifference },
  expressions: { rows: (document) => document.cases, check: forming.expressionDifference },
  seen: { rows: (document) => document.rows, check: forming.seenDifference },
  asked: { rows: (document) => document.rows, check: forming.seenDifference },
  computed: { rows: (document) => document.rows, check: forming.seenDifference },
  offers: { rows: (document) => document.rows, check: forming.offersDifference },
  today: { rows: (document) => document, check: todayDifference },
  sections: { rows: (document) => document.rows, check: forming.seenDifference },
  moves: { rows: (document) => document.rows, check: forming.movesDifference },
  prefilled: { rows: (document) => document.rows, check: forming.prefilledDifference },
  travelling: { rows: (document) => document.rows, check: forming.travellingDifference },
  first: { rows: (document) => document.rows, check: forming.beginningDifference },
  said: { rows: (document) => document.rows, check: forming.saidDifference },
  validation: { rows: (document) => document, check: forming.validationDifference },
  hidden: { rows: (document) => document, check: forming.hiddenDifference },
  own_day: { rows: (document) => document, check: forming.ownDayDifference },
  written: { rows: (document) => document, check: forming.writtenDifference },
  patterns: { rows: (document) => document, check: forming.patternDifference },
  evaluation: { rows: (document) => document, check: forming.evaluationDifference },
  picture: { rows: (document) => document.rows, check: pictureDifference },
  limits: { rows: (document) => document, check: tables.limitsDifference },
};

/** The first difference in a vector file, with the row where it is. @param {string} name @param {any} document @param {string} folder of the file */
export async function difference(name, document, folder) {
  const { rows, check } = KINDS[name];
  let number = 0;
  for (const row of rows(document)) {
    let found;
    try {
      found = await check(row, document, folder);
    } catch (error) {
      found = `it is malformed: ${/** @type {Error} */ (error).stack}`;
    }
    if (found !== null) return `row ${number} (${row.name ?? row.why ?? row.seed ?? row.text ?? ""}): ${found}`;
    number += 1;
  }
  return number === 0 ? "the file holds no rows" : null;
}
