/** Text from strangers, made fit for a terminal and for a spreadsheet. */

/** CSI, OSC (with their texts), and the other escape sequences, 7-bit and 8-bit. Of an unended one the text stays to be seen. */
const SEQUENCES = new RegExp(
  [
    "(?:\\x1b\\[|\\x9b)[0-?]*[ -/]*[@-~]?",
    "(?:\\x1b[\\]PX^_]|[\\x90\\x98\\x9d\\x9e\\x9f])[^\\x07\\x1b\\x80-\\x9f\\n]*(?:\\x07|\\x1b\\\\|\\x9c)",
    "\\x1b[ -/]*[0-~]?",
  ].join("|"),
  "g",
);

/** C0 and C1 controls and DEL, without tab and line feed. */
// deno-lint-ignore no-control-regex -- they are what is taken out
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/** Marks that reorder the text around them (a file named "gpj.exe" that reads "exe.jpg"), and line separators. */
const BIDI = /[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/**
 * Takes out what a terminal would act on instead of showing: escape sequences with their parameters, control characters, overrides of the
 * writing direction. Tabs and line feeds stay; a caller that prints one line per record replaces them.
 */
export function forTerminal(text: string): string {
  return text.replace(SEQUENCES, "").replace(CONTROLS, "").replace(BIDI, "").toWellFormed();
}

/**
 * Guards a CSV cell against being run as a formula by a spreadsheet: a `'` is put before a leading `=` `+` `-` `@`, tab or carriage return
 * (https://owasp.org/www-community/attacks/CSV_Injection), also when white space or a line feed comes before it. A plain negative number runs
 * nothing and stays a number. Quoting for CSV itself is the writer's part.
 */
export function forCsvCell(text: string): string {
  if (/^-\d+(?:\.\d+)?$/.test(text)) return text;
  return /^(?:[\t\r]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20])/.test(text) ? `'${text}` : text;
}
