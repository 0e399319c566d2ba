/** Makes a question mean the same whenever it is asked. */
import { agoMs, GMAIL_ZONE, parseQueryAge, parseQueryDate, queryDateMs } from "./query_date.ts";
import { lexQuery, type QueryToken } from "./query_lexer.ts";

interface Piece {
  kind: QueryToken["kind"];
  text: string;
  /** White space stood before it. */
  gap: boolean;
}

interface Group {
  bracket: "(" | "{";
  /** The operator in front of the group, when its values are to be rewritten. */
  rewriting: string | undefined;
}

/**
 * `(q) before:<start>`, so that mail arriving during a search changes no page of it and a resumed search asks the same thing.
 * `older_than:` and `newer_than:` become epoch seconds counted from the start; so do dates when a zone is given (Gmail's API reads them as
 * midnight Pacific otherwise). Brackets and quotes that do not pair, and operators that lead nowhere, are put right or left out,
 * so that none of them can reach the added `before:`. An empty question is `before:<start>` alone.
 *
 * @param startedAt ms since 1970
 * @param zone IANA; for months, years and the midnights of dates
 */
export function freezeQuery(q: string, startedAt: number, zone?: string): string {
  const bound = `before:${Math.floor(startedAt / 1000)}`;
  const text = repair(q.toWellFormed(), { startedAt, zone });
  return text === "" ? bound : `(${text}) ${bound}`;
}

function repair(q: string, time: FreezeTime): string {
  const tokens = lexQuery(q);
  const pieces: Piece[] = [];
  const groups: Group[] = [];
  const opened = { "(": 0, "{": 0 };
  let end = 0;
  /** Something was left out here; what stood on both sides of it must not become one word. */
  let cut = false;
  /** The operator that waits for its value. */
  let scope: string | undefined;
  const close = (gap: boolean) => {
    const group = groups.pop();
    if (group !== undefined) opened[group.bracket]--;
    dropDangling(pieces);
    if (pieces.at(-1)?.kind === "open") {
      pieces.pop();
      dropPrefix(pieces);
      cut = true;
    } else pieces.push({ kind: "close", text: group?.bracket === "{" ? "}" : ")", gap });
  };
  for (const [index, token] of tokens.entries()) {
    const gap = cut || token.start > end;
    cut = false;
    end = token.end;
    const rewriting = groups.at(-1)?.rewriting;
    const operator = scope;
    if (token.kind !== "minus") scope = token.kind === "operator" ? token.name : undefined;
    switch (token.kind) {
      case "open": {
        const name = operator ?? rewriting;
        const own = name !== undefined && isRewritten(name, time.zone) ? name : undefined;
        opened[token.bracket]++;
        groups.push({ bracket: token.bracket, rewriting: own });
        pieces.push({ kind: token.kind, text: token.bracket, gap });
        break;
      }
      case "close":
        if (opened[token.bracket] === 0) {
          cut = true;
          break;
        }
        while (groups.at(-1)?.bracket !== token.bracket) close(false);
        close(gap);
        break;
      case "operator":
        // The values carry the rewritten operator themselves: older_than:(1d 2d) becomes (before:… before:…).
        if (isRewritten(token.name, time.zone) && isRewritable(token.name, valueAfter(tokens, index), time)) {
          pieces.push({ kind: "operator", text: "", gap });
        } else pieces.push({ kind: token.kind, text: q.slice(token.start, token.end), gap });
        break;
      case "word":
      case "phrase": {
        const name = operator ?? rewriting;
        const absolute = name === undefined ? undefined : rewrite(name, token, time);
        // A value that is no age or date is a word in the parser too; only inside a rewritten group did it lose its operator.
        const lost = absolute === undefined && operator === undefined && rewriting !== undefined ? `${rewriting}:` : "";
        const own = token.kind === "phrase" ? `"${token.text}"` : token.text;
        pieces.push({ kind: token.kind, text: absolute ?? `${lost}${own}`, gap });
        break;
      }
      default:
        pieces.push({ kind: token.kind, text: q.slice(token.start, token.end), gap });
    }
  }
  while (groups.length > 0) close(false);
  dropDangling(pieces);
  return pieces.map(({ text, gap }, index) => (gap && index > 0 ? " " : "") + text).join("").trim();
}

/** Takes away what waits for something to follow, at the end of a group: `a OR`, `from:`, `-`. */
function dropDangling(pieces: Piece[]): void {
  while (["or", "and", "minus", "operator"].includes(pieces.at(-1)?.kind ?? "")) pieces.pop();
}

/** Takes away the `-` and `from:` that stood before a group which turned out empty. */
function dropPrefix(pieces: Piece[]): void {
  while (["minus", "operator"].includes(pieces.at(-1)?.kind ?? "")) pieces.pop();
}

/** What follows an operator, dashes passed over: `older_than:-1d`. */
function valueAfter(tokens: readonly QueryToken[], index: number): QueryToken | undefined {
  let at = index + 1;
  while (tokens[at]?.kind === "minus") at++;
  return tokens[at];
}

const AGES: ReadonlyMap<string, string> = new Map([["older_than", "before"], ["newer_than", "after"]]);
const DATES: ReadonlyMap<string, string> = new Map([
  ...[["before", "before"], ["older", "before"], ["after", "after"], ["newer", "after"]] as [string, string][],
]);

function isRewritten(name: string, zone: string | undefined): boolean {
  return AGES.has(name) || (zone !== undefined && DATES.has(name));
}

interface FreezeTime {
  startedAt: number;
  zone: string | undefined;
}

function isRewritable(name: string, value: QueryToken | undefined, time: FreezeTime): boolean {
  return value?.kind === "open" || rewrite(name, value, time) !== undefined;
}

function rewrite(name: string, value: QueryToken | undefined, { startedAt, zone }: FreezeTime): string | undefined {
  if (value?.kind !== "word" && value?.kind !== "phrase") return undefined;
  const text = value.text.trim();
  const age = AGES.has(name) ? parseQueryAge(text) : undefined;
  if (age !== undefined) {
    return `${AGES.get(name)}:${Math.floor(agoMs(startedAt, age.amount, age.unit, zone ?? GMAIL_ZONE) / 1000)}`;
  }
  const date = zone !== undefined && DATES.has(name) ? parseQueryDate(text) : undefined;
  if (date === undefined || zone === undefined) return undefined;
  return `${DATES.get(name)}:${Math.floor(queryDateMs(date, zone) / 1000)}`;
}
