/** Cuts a `q` into tokens that know where they stood, for the parser and for rewriting a query in place. */

export type QueryToken =
  & { start: number; end: number }
  & (
    | { kind: "open"; bracket: "(" | "{" }
    | { kind: "close"; bracket: "(" | "{" }
    | { kind: "or" | "and" | "minus" }
    | { kind: "around"; distance: number }
    /** `from:`; the value is the next token. `name` is lower case. */
    | { kind: "operator"; name: string }
    | { kind: "word"; text: string }
    /** `closed` is false when the query ended before the quote did. */
    | { kind: "phrase"; text: string; closed: boolean }
  );

/** Every operator of the q language that takes a value. */
export const OPERATORS: ReadonlySet<string> = new Set([
  ...["from", "to", "cc", "bcc", "subject", "filename", "list", "deliveredto", "rfc822msgid"],
  ...["in", "is", "has", "label", "category", "larger", "smaller", "size"],
  ...["after", "before", "newer", "older", "newer_than", "older_than"],
]);

const DEFAULT_AROUND = 5;
const SPACE = /\s+/y;
/** Straight and typographic quotes, which people paste from documents. */
const PHRASE = /["“”„]([^"“”„]*)(["“”„]|$)/y;
const OPERATOR = /([a-z][a-z0-9_]*):/iy;
const AROUND = /AROUND(?:\s+(\d{1,4})(?=[\s(){}"|]|$))?(?=[\s(){}"|]|$)/y;
const WORD = /[^\s(){}"“”„|]+/y;

/** A label's name may begin with a dash, "(EU) deals" being `label:-eu--deals`, and so may a Message-ID. */
function isName(before: QueryToken | undefined, at: number): boolean {
  return before?.kind === "operator" && before.end === at && ["label", "in", "rfc822msgid"].includes(before.name);
}

export function lexQuery(q: string): QueryToken[] {
  const tokens: QueryToken[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(q);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  while (at < q.length) {
    if (take(SPACE)) continue;
    const start = at;
    const char = q.charAt(at);
    if (char === "(" || char === "{" || char === ")" || char === "}") {
      at++;
      const bracket = char === "(" || char === ")" ? "(" : "{";
      tokens.push({ kind: char === bracket ? "open" : "close", bracket, start, end: at });
    } else if (char === "|") {
      at++;
      tokens.push({ kind: "or", start, end: at });
    } else if ((char === "-" || char === "−") && !isName(tokens.at(-1), at)) {
      at++;
      tokens.push({ kind: "minus", start, end: at });
    } else {
      const phrase = take(PHRASE);
      if (phrase !== null) {
        tokens.push({ kind: "phrase", text: phrase[1] ?? "", closed: phrase[2] !== "", start, end: at });
        continue;
      }
      const operator = take(OPERATOR);
      if (operator !== null) {
        const name = (operator[1] ?? "").toLowerCase();
        if (OPERATORS.has(name)) {
          tokens.push({ kind: "operator", name, start, end: at });
          continue;
        }
        at = start;
      }
      const around = take(AROUND);
      if (around !== null) {
        const distance = around[1] === undefined ? DEFAULT_AROUND : Number(around[1]);
        tokens.push({ kind: "around", distance, start, end: at });
        continue;
      }
      const text = take(WORD)?.[0] ?? q.charAt(at++);
      const kind = text === "OR" ? "or" : text === "AND" ? "and" : undefined;
      tokens.push(kind === undefined ? { kind: "word", text, start, end: at } : { kind, start, end: at });
    }
  }
  return tokens;
}
