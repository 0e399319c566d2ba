import { Buffer } from "node:buffer";
import { nodeCrypto } from "../../store/node_crypto.ts";

const CIPHER = "aes-256-gcm";
/** Bytes; NIST SP 800-38D's sizes for a random nonce and a full tag. */
const NONCE = 12;
const TAG = 16;

/** Nonce, ciphertext and tag in one piece. What `context` says is bound to it: it opens with the same words only. */
export function seal(key: Uint8Array, text: string, context: string): Uint8Array {
  const { createCipheriv, randomBytes } = nodeCrypto();
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG });
  cipher.setAAD(Buffer.from(context));
  return new Uint8Array(Buffer.concat([nonce, cipher.update(Buffer.from(text)), cipher.final(), cipher.getAuthTag()]));
}

/** The text, or undefined when the key or the context is another one or a byte has changed. Never garbage. */
export function unseal(key: Uint8Array, sealed: Uint8Array, context: string): string | undefined {
  if (sealed.length < NONCE + TAG) return undefined;
  const bytes = Buffer.from(sealed);
  const decipher = nodeCrypto().createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE), { authTagLength: TAG });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG));
  const start = decipher.update(bytes.subarray(NONCE, bytes.length - TAG));
  try {
    return Buffer.concat([start, decipher.final()]).toString("utf8");
  } catch {
    // final() throws for one reason only: the tag does not fit.
    return undefined;
  }
}
