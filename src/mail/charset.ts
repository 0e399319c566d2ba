/** Bytes in the character sets that mail declares, truly or not, to text. */

/** Names in use that the Encoding Standard does not list. */
const ALIASES: Readonly<Record<string, string>> = {
  "latin-1": "iso-8859-1",
  "utf-8n": "utf-8",
  "unicode-1-1-utf-8": "utf-8",
  "cp932": "shift_jis",
  "cp936": "gbk",
  "cp949": "euc-kr",
  "cp950": "big5",
  "iso-2022-jp-ms": "iso-2022-jp",
  "cp50220": "iso-2022-jp",
  "cp1250": "windows-1250",
  "cp1251": "windows-1251",
  "cp1252": "windows-1252",
};

/** Declarations that say nothing about bytes above 127, which are there all the same. */
const SILENT: ReadonlySet<string> = new Set([
  "",
  "us-ascii",
  "ascii",
  "ansi_x3.4-1968",
  "unknown-8bit",
  "x-unknown",
  "default",
]);

/**
 * Never throws: bytes that are wrong in the declared set become U+FFFD; with no or an unknown set the text is UTF-8 if it is valid as such, else
 * windows-1252, the set of most undeclared mail.
 */
export function decodeCharset(bytes: Uint8Array, charset: string | undefined): string {
  // RFC 2231 lets a language follow the name of an encoded word's set: "utf-8*en".
  const name = (charset ?? "").trim().toLowerCase().replace(/\*.*$/, "").replace(/^["']|["']$/g, "");
  const decoder = SILENT.has(name) ? undefined : decoderFor(ALIASES[name] ?? name);
  return decoder === undefined ? decodeUndeclared(bytes) : decoder.decode(bytes);
}

export function decodeUndeclared(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    // Not UTF-8: every byte sequence is windows-1252.
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

function decoderFor(label: string): TextDecoder | undefined {
  try {
    return new TextDecoder(label);
  } catch {
    // A set that does not exist or that the platform refuses (utf-7, iso-2022-kr): the caller guesses.
    return undefined;
  }
}
