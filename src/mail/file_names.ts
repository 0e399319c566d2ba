/** Names of files made from what strangers wrote, fit for every system's folders. */

/** Devices that Windows finds in every folder, whatever comes after the first dot. */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;
/** Bytes of a name: most file systems take 255, of which an ending and a number need some. */
const LONGEST = 120;

/**
 * A name of one file: no separators, nothing that Windows refuses, no control or direction marks, not too long, not
 * hidden. The ending stays when it is short. Different texts may give the same name.
 */
export function fileName(text: string, fallback: string): string {
  const plain = text.normalize("NFC").toWellFormed()
    // deno-lint-ignore no-control-regex -- they are what is taken out
    .replace(/[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffd]/g, "")
    .replace(/[<>:"/\\|?*]/g, "_")
    .replace(/^[\s.]+|[\s.]+$/g, "");
  const ending = /\.[A-Za-z0-9]{1,10}$/.exec(plain)?.[0] ?? "";
  const name = `${shortened(plain.slice(0, plain.length - ending.length), LONGEST - ending.length)}${ending}`;
  if (name === "") return fallback;
  return DEVICE.test(name) ? `_${name}` : name;
}

/** What makes an address or an id the name of a folder or file; `digest` tells those apart that would be the same. */
export function keyName(text: string, digest: (text: string) => string): string {
  const lower = text.toLowerCase();
  const safe = /^[a-z0-9_][a-z0-9@._+-]{0,99}$/.test(lower) && !lower.endsWith(".") && !DEVICE.test(lower);
  // Small letters alone: many file systems do not tell capitals apart.
  if (safe && (text === lower || text.includes("@"))) return lower;
  const close = fileName(lower.replace(/[^a-z0-9@._+-]/g, "_"), "_").slice(0, 60).replace(/^[^a-z0-9_]/, "_");
  return `${close}~${digest(text).slice(0, 12)}`;
}

/** At most so many bytes of UTF-8, in whole characters, with no blank or dot at the end. */
function shortened(text: string, most: number): string {
  let kept = "";
  let bytes = 0;
  for (const character of text) {
    bytes += new TextEncoder().encode(character).length;
    if (bytes > most) break;
    kept += character;
  }
  return kept.replace(/[\s.]+$/, "");
}
