import { Buffer } from "node:buffer";
import { isJsonObject, type Json } from "../../core/json.ts";
import type { Manifest } from "../../core/manifest.ts";
import { parseSecretReference, type ReadSecret, resolveSecret } from "../keystore/secret_reference.ts";
import type { Template } from "./request.ts";

const HIDDEN = "***";

/** The secrets of one request: puts them in, and takes out of the answer what a server repeats of them. */
export class RequestSecrets {
  readonly #manifest: Manifest;
  readonly #readSecret: ReadSecret;
  readonly #used = new Set<string>();

  constructor({ manifest, readSecret }: { manifest: Manifest; readSecret: ReadSecret }) {
    this.#manifest = manifest;
    this.#readSecret = readSecret;
  }

  fill(template: Template): string {
    return template.map((part) => typeof part === "string" ? part : this.#resolve(part)).join("");
  }

  /** The value with a secret's text in the place of each reference. */
  fillJson(value: Json): Json {
    if (Array.isArray(value)) return value.map((item) => this.fillJson(item));
    const reference = parseSecretReference(value);
    if (reference !== undefined) return this.#resolve(reference);
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.fillJson(item)]));
  }

  /** The bytes without any secret that was put in: as it is, or as JSON, a URL or base64 would write it. */
  redactBytes(bytes: Uint8Array): Uint8Array {
    if (this.#used.size === 0) return bytes;
    // latin1 is one character per byte, both ways.
    const text = Buffer.from(bytes).toString("latin1");
    const redacted = this.#redact(text, (form) => Buffer.from(form).toString("latin1"));
    return redacted === text ? bytes : Buffer.from(redacted, "latin1");
  }

  redactText(text: string): string {
    return this.#redact(text, (form) => form);
  }

  #redact(text: string, spell: (form: string) => string): string {
    for (const secret of this.#used) {
      for (const form of writtenForms(secret)) text = text.replaceAll(spell(form), HIDDEN);
    }
    return text;
  }

  #resolve(reference: { namespace: string; name: string }): string {
    const value = resolveSecret(reference, { manifest: this.#manifest, readSecret: this.#readSecret });
    if (value !== "") this.#used.add(value);
    return value;
  }
}

/** How a server may repeat a secret; the longest first, so that none is left in part. */
function writtenForms(secret: string): string[] {
  const trimmed = secret.trim();
  const plain = trimmed === "" ? [secret] : [secret, trimmed];
  const forms = plain.flatMap((text) => [
    text,
    JSON.stringify(text).slice(1, -1),
    encodeURIComponent(text),
    Buffer.from(text).toString("base64"),
    Buffer.from(text).toString("base64url"),
  ]);
  return [...new Set(forms)].sort((a, b) => b.length - a.length);
}
