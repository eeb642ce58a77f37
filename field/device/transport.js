/**
 * The way of a device to its server: the only module that calls `fetch`. Requests are signed here; refusals are errors with
 * the server's stable code.
 * @module
 */

import { hex, unhex } from "../bytes.js";
import { signature } from "../crypto/primitives.js";
import { CONTENT_TYPE, requestBytes } from "../sync/messages.js";

const PATIENCE_MS = 60_000;
const ANSWER_BYTES_MAX = 32 * 1024 * 1024;

/** No answer came: whether the server took anything in is not known, and sending again is safe. */
export class Unreachable extends Error {
  /** True if something was reached that did not answer in time; otherwise nothing was. */
  isSilent = false;
}

/** The server answered with a problem. */
export class ServerRefused extends Error {
  /** @param {number} status @param {{code?: string, detail?: string, remedy?: string, server_time?: number, revocations?: string[]}} problem */
  constructor(status, problem) {
    super(`${problem.code ?? "unknown"}: ${problem.detail ?? ""}`);
    this.status = status;
    this.code = problem.code ?? "unknown";
    this.remedy = problem.remedy ?? "";
    this.serverTime = problem.server_time ?? null;
    this.revocations = (Array.isArray(problem.revocations) ? problem.revocations : []).filter((one) => /^([0-9a-f]{2})+$/.test(one)).map(unhex);
  }
}

/** One municipality's server. */
export class Transport {
  /** @param {string} origin of the server; empty where the page came from it @param {string} municipality */
  constructor(origin, municipality) {
    this.origin = origin;
    this.front = `/api/v1/${municipality}`;
    /** In which language refusals say what to do; empty leaves it to the browser. */
    this.language = "";
  }

  /** An answer's body. @param {string} path behind the municipality @param {Uint8Array} body @param {Record<string, string>} [headers] */
  async post(path, body, headers = {}) {
    return this.#ask("POST", this.front + path, body, { "Content-Type": CONTENT_TYPE, ...headers });
  }

  /**
   * @param {"GET" | "POST"} method @param {string} path @param {Uint8Array} body @param {number} timeMs
   * @param {{device: string, signing: CryptoKey}} signer
   */
  async signed(method, path, body, timeMs, { device, signing }) {
    const target = this.front + path, plain = method === "POST" ? { "content-type": CONTENT_TYPE } : /** @type {Record<string, string>} */ ({});
    const sig = await signature(signing, requestBytes(method, target, body, timeMs, plain));
    const said = { "Veldpost-Device": device, "Veldpost-Time": String(timeMs), "Veldpost-Signature": hex(sig) };
    return this.#ask(method, target, body, { ...plain, ...said });
  }

  /** @param {string} method @param {string} target @param {Uint8Array} body @param {Record<string, string>} headers */
  async #ask(method, target, body, headers) {
    let answer, bytes;
    if (this.language !== "") headers = { ...headers, "Accept-Language": this.language };
    try {
      answer = await fetch(this.origin + target, {
        method, headers, signal: AbortSignal.timeout(PATIENCE_MS), cache: "no-store", credentials: "omit", redirect: "error",
        ...(method === "GET" ? {} : { body: new Uint8Array(body) }),
      });
      bytes = await limited(answer);
    } catch (error) {
      const unreachable = new Unreachable(String(error));
      unreachable.isSilent = /** @type {Error} */ (error).name === "TimeoutError";
      throw unreachable;
    }
    if (answer.ok) return bytes;
    throw new ServerRefused(answer.status, problemOf(bytes));
  }
}

/** @param {Response} answer */
async function limited(answer) {
  const parts = [];
  let size = 0;
  for await (const part of /** @type {any} */ (answer.body ?? [])) {
    size += part.length;
    if (size > ANSWER_BYTES_MAX) throw new Unreachable("the answer is too long");
    parts.push(part);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {Uint8Array} bytes @returns {object} */
function problemOf(bytes) {
  try {
    const found = JSON.parse(new TextDecoder().decode(bytes));
    return typeof found === "object" && found !== null ? found : {};
  } catch {
    return {};
  }
}
