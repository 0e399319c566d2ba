import type { Hash } from "node:crypto";
import { sha256 as hashOf } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { nodeCrypto } from "./node_crypto.ts";

/** Characters or bytes up to which no other implementation than the one in JavaScript is loaded. */
const SHORT = 16 * 1024;

/** SHA-256 (hex) of bytes, or of a text as UTF-8. */
export function sha256(data: string | Uint8Array): string {
  if (data.length > SHORT) return nodeCrypto().createHash("sha256").update(data).digest("hex");
  return bytesToHex(hashOf(typeof data === "string" ? new TextEncoder().encode(data) : data));
}

/** The same, for what is long and can be waited for: nothing needs to be loaded for it. */
export async function sha256Later(data: string | BufferSource): Promise<string> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  return bytesToHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

/** The same of what comes in parts. A character is in one part only. */
export class Sha256 {
  #short: Uint8Array[] = [];
  #length = 0;
  #long: Hash | undefined;

  update(data: string | Uint8Array): this {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    if (this.#long === undefined && (this.#length += bytes.length) <= SHORT) {
      // A copy: whoever reads a file piece by piece uses one buffer for all.
      this.#short.push(bytes.slice());
      return this;
    }
    if (this.#long === undefined) {
      this.#long = nodeCrypto().createHash("sha256");
      for (const part of this.#short.splice(0)) this.#long.update(part);
    }
    this.#long.update(bytes);
    return this;
  }

  /** Hex; nothing more is added after it. */
  digest(): string {
    if (this.#long !== undefined) return this.#long.digest("hex");
    const hash = hashOf.create();
    for (const part of this.#short) hash.update(part);
    return bytesToHex(hash.digest());
  }
}
