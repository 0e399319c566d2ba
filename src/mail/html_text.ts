/** HTML mail without its markup: for searching and previews, not for display. */

/** Elements whose content no reader sees. */
const HIDDEN: ReadonlySet<string> = new Set(["style", "script", "title", "head"]);
/** Elements that run on within a line of text; all others break it. */
const INLINE: ReadonlySet<string> = new Set([
  ...[
    "a",
    "abbr",
    "b",
    "bdi",
    "bdo",
    "big",
    "cite",
    "code",
    "em",
    "font",
    "i",
    "ins",
    "kbd",
    "mark",
    "q",
    "s",
    "samp",
    "small",
  ],
  ...["span", "strike", "strong", "sub", "sup", "tt", "u", "var", "wbr", "o:p"],
]);

/** Takes any text in one pass over it. White space is collapsed, block elements start a new line. */
export function htmlToText(html: string): string {
  let out = "";
  let at = 0;
  let headSeen = false;
  while (at < html.length) {
    const open = html.indexOf("<", at);
    if (open === -1) break;
    out += html.slice(at, open);
    if (html.startsWith("<!--", open)) {
      at = after(html, "-->", open + 4);
      continue;
    }
    const tag = /^<(\/?)([a-z][a-z0-9:-]{0,40})|^<[!?]/i.exec(html.slice(open, open + 50));
    if (tag === null) {
      out += "<";
      at = open + 1;
      continue;
    }
    at = after(html, ">", open);
    const name = (tag[2] ?? "").toLowerCase();
    if (!INLINE.has(name)) out += "\n";
    if (!HIDDEN.has(name) || tag[1] !== "" || (name === "head" && headSeen)) continue;
    // Once only: looking for the end of each of a million unclosed heads would take forever.
    headSeen ||= name === "head";
    at = hiddenEnd(html, name, at);
  }
  return decodeEntities(out + html.slice(at)).replace(/[^\S\n\u00a0]+/g, " ").replace(/ ?\n[ \n]*/g, "\n").trim();
}

/** The offset behind the next `needle`, or the end of the text. */
function after(text: string, needle: string, from: number): number {
  const found = text.indexOf(needle, from);
  return found === -1 ? text.length : found + needle.length;
}

/** A `<head>` that is never closed hides only what a reader would not see either: it ends at the body. */
function hiddenEnd(html: string, name: string, from: number): number {
  const end = new RegExp(name === "head" ? "</head|<body" : `</${name}`, "gi");
  end.lastIndex = from;
  const found = end.exec(html);
  if (found !== null) return found.index;
  return name === "head" ? from : html.length;
}

const LATIN1 =
  "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para " +
  "middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc " +
  "Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig " +
  "agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute " +
  "ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml";
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ...LATIN1.split(" ").map((name, index): [string, string] => [name, String.fromCharCode(160 + index)]),
  ...Object.entries({
    amp: "&",
    lt: "<",
    gt: ">",
    quot: '"',
    apos: "'",
    ndash: "–",
    mdash: "—",
    lsquo: "‘",
    rsquo: "’",
  }),
  ...Object.entries({ ldquo: "“", rdquo: "”", bdquo: "„", sbquo: "‚", bull: "•", hellip: "…", euro: "€", trade: "™" }),
  ...Object.entries({ zwnj: "\u200c", zwj: "\u200d", ensp: " ", emsp: " ", thinsp: " ", rarr: "→", larr: "←" }),
]);

function decodeEntities(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z][a-z0-9]{1,10}));?/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES.get(name) ?? whole;
    const code = hex === undefined ? Number(decimal) : parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : "\ufffd";
  });
}
