/** Base64 as mail has it: read leniently, written in both alphabets. */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/** Byte → six bits; 255 for what is no base64 digit. */
const DIGITS = new Uint8Array(256).fill(255);
for (let value = 0; value < 64; value++) DIGITS[ALPHABET.charCodeAt(value)] = value;
DIGITS["-".charCodeAt(0)] = 62;
DIGITS["_".charCodeAt(0)] = 63;

/** Both alphabets; line ends, stray characters and missing padding are passed over. */
export function decodeBase64(input: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.floor((input.length * 3) / 4) + 3);
  let length = 0;
  let bits = 0;
  let held = 0;
  for (const byte of input) {
    const digit = DIGITS[byte] ?? 255;
    if (digit === 255) {
      // Padding ends a group; some mailers write several encoded blocks one after another.
      if (byte === 61) held = 0;
      continue;
    }
    bits = ((bits << 6) | digit) & 0xffffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out[length++] = (bits >> held) & 0xff;
    }
  }
  return out.slice(0, length);
}

/** Bytes of an ASCII text of base64 or base64url digits. */
export function decodeBase64Text(text: string): Uint8Array {
  return decodeBase64(new TextEncoder().encode(text));
}

export function encodeBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(binary);
}

/** URL-safe alphabet, padded, as Gmail's `data` and `raw` fields are. */
export function encodeBase64Url(bytes: Uint8Array): string {
  return encodeBase64(bytes).replaceAll("+", "-").replaceAll("/", "_");
}
