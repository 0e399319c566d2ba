/** What is wrong with a query, or may not be what was meant. */
import { nearest } from "../core/did_you_mean.ts";
import { mentionsSpamOrTrash, type Query, type QueryNode, type QuerySpan, type QueryTerm } from "./query.ts";
import { agoMs, GMAIL_ZONE, localTime, queryDateMs } from "./query_date.ts";
import { lexQuery, type QueryToken } from "./query_lexer.ts";
import { type QueryHere, termText } from "./query_meaning.ts";
import { PLACE_NAMES } from "./query_operator.ts";
import { soughtAddress } from "./query_terms.ts";

export interface QueryFinding {
  /** `error`: the query cannot be used. `warning`: it hardly means what was meant. `note`: good to know. */
  severity: "error" | "warning" | "note";
  /** Where; null when it is about the whole query. */
  span: QuerySpan | null;
  message: string;
  hint: string | null;
}

/** What gmail-search takes. */
const LONGEST = 4_000;

/** The findings, errors before warnings before notes, else in order of their places. */
export function lintQuery(q: string, query: Query, here: QueryHere): QueryFinding[] {
  const findings = [
    ...query.warnings.map(({ start, end, message, hint, unpaired }): QueryFinding => ({
      severity: unpaired ? "error" : "warning",
      span: { start, end },
      message,
      hint: hint ?? (unpaired ? "close it, or take it away: it would swallow what is added to the query" : null),
    })),
    ...lengthFindings(q),
    ...lexQuery(q).flatMap((token, index, tokens) => tokenFindings(token, tokens[index - 1], tokens[index + 1])),
    ...query.terms.flatMap((term) => termFindings(q, term, here)),
    ...rangeFindings(query.root, here),
    ...reachFindings(query),
  ];
  const rank = { error: 0, warning: 1, note: 2 };
  const place = (finding: QueryFinding) => finding.span?.start ?? q.length;
  return findings.sort((a, b) => rank[a.severity] - rank[b.severity] || place(a) - place(b));
}

function lengthFindings(q: string): QueryFinding[] {
  if (q.length <= LONGEST) return [];
  const message = `the query has ${q.length} characters; gmail-search takes ${LONGEST}`;
  return [{ severity: "error", span: null, message, hint: "ask in several searches" }];
}

function isEdge(token: QueryToken | undefined, edge: "open" | "close"): boolean {
  return token === undefined || token.kind === edge || token.kind === "or" || token.kind === "and";
}

/** What words and marks do otherwise than people expect. */
function tokenFindings(token: QueryToken, before?: QueryToken, after?: QueryToken): QueryFinding[] {
  const { start, end } = token;
  const warning = (message: string, hint: string): QueryFinding[] => [{
    severity: "warning",
    span: { start, end },
    message,
    hint,
  }];
  if (token.kind === "or" && (isEdge(before, "open") || isEdge(after, "close"))) {
    return warning("OR has nothing on one of its sides and is ignored", "put a condition on both sides");
  }
  if (token.kind === "minus" && after?.start !== end) {
    return warning("a dash with a blank after it is ignored", "put it right before what must not be there: -word");
  }
  if (token.kind !== "word" || before?.kind === "operator") return [];
  const { text } = token;
  if (text.includes("*")) {
    return warning(`${text}: * is no wildcard and is ignored: whole words are found`, "write the whole word");
  }
  if (text === "or" && !isEdge(before, "open") && !isEdge(after, "close")) {
    return warning("or is a word to look for here", "write OR in capitals");
  }
  if (/^not$/i.test(text) && after !== undefined) {
    return warning(`${text} is a word to look for here`, "put a dash before what must not be there: -word");
  }
  if (/^around$/i.test(text) && after?.kind === "word" && /^\d+$/.test(after.text)) {
    return warning(`${text} is a word to look for here`, `write AROUND ${after.text} in capitals`);
  }
  if (!/^\+./.test(text)) return [];
  const message = `${text} finds this very word only, not its other forms`;
  return [{ severity: "note", span: { start, end }, message, hint: null }];
}

function termFindings(q: string, term: QueryTerm, here: QueryHere): QueryFinding[] {
  const { node, operator, value, start, end } = term;
  const text = termText(term);
  const finding = (severity: QueryFinding["severity"], message: string, hint: string | null = null): QueryFinding => ({
    severity,
    span: { start, end },
    message,
    hint,
  });
  const bare = value.replace(/^["“”„]|["“”„]$/g, "");
  if (node.kind === "date" && node.date.kind === "day") return dateFindings(term, q.slice(start, end), here, finding);
  if (node.kind === "age" && node.unit === "m" && node.amount > 12) {
    return [finding("warning", `${text} counts months`, "an age has hours, days, months or years: 12h, 3d, 6m, 1y")];
  }
  if (node.kind === "label" && bare.toLowerCase() !== node.name) {
    const hint = `write ${operator}:${node.name}`;
    return [finding("warning", `${text}: blanks and &()"|{}/ of a label's name are dashes in a query`, hint)];
  }
  if (node.kind === "label" && operator === "in") {
    const near = nearest(bare.toLowerCase(), PLACE_NAMES);
    const hint = near === undefined
      ? `write label:${node.name} if a label is what you mean`
      : `did you mean in:${near}?`;
    return [finding("warning", `${text} is no place of Gmail's; looked up as a label of each mailbox`, hint)];
  }
  if (node.kind === "text" && ["from", "to", "cc", "bcc"].includes(node.field) && value.includes(",")) {
    const all = bare.split(",").filter((part) => part !== "").map((part) => `${operator}:${part.trim()}`);
    return [finding("warning", `${text}: a comma does not separate values`, `write {${all.join(" ")}}`)];
  }
  if (node.kind === "text" && node.text === "AROUND") {
    const message = "AROUND needs a word or phrase on both sides; a word to look for here";
    return [finding("warning", message, "write: holiday AROUND 5 plans")];
  }
  return [];
}

/** `given` is the condition as it stands in the query. */
function dateFindings(
  term: QueryTerm,
  given: string,
  here: QueryHere,
  finding: (severity: QueryFinding["severity"], message: string, hint?: string) => QueryFinding,
): QueryFinding[] {
  const { node, operator, value } = term;
  if (node.kind !== "date" || node.date.kind !== "day") return [];
  const text = termText(term);
  const findings: QueryFinding[] = [];
  const slashed = /^["“”„]?(\d{1,2})[/-](\d{1,2})[/-]\d{4}/.exec(value);
  if (slashed !== null && slashed[1] !== slashed[2] && Number(slashed[2]) <= 12) {
    const { year, month, day } = node.date;
    const iso = [year, String(month).padStart(2, "0"), String(day).padStart(2, "0")].join("/");
    findings.push(finding("warning", `${text} is read with the month first`, `write ${operator}:${iso}`));
  }
  const pacific = queryDateMs(node.date, GMAIL_ZONE);
  const meant = queryDateMs(node.date, here.zone);
  if (pacific === meant) return findings;
  const absolute = `${node.bound}:${meant / 1000}`;
  const theirs = `Gmail's API reads ${text} as midnight in California, ${localTime(pacific, here.zone)} ${here.zone}`;
  // In quotes or brackets gmail-search leaves a date as it is.
  return /:\s*\d/.test(given)
    ? [...findings, finding("note", `${theirs}; gmail-search asks ${absolute} instead`)]
    : [...findings, finding("warning", theirs, `write ${absolute}`)];
}

/** Bounds that all messages must keep, and that none can. */
function rangeFindings(root: QueryNode, { now, zone }: QueryHere): QueryFinding[] {
  const nodes = root.kind === "and" ? root.nodes : [root];
  let from = Number.NEGATIVE_INFINITY;
  let to = Number.POSITIVE_INFINITY;
  for (const node of nodes) {
    if (node.kind !== "date" && node.kind !== "age") continue;
    const at = node.kind === "date" ? queryDateMs(node.date, zone) : agoMs(now, node.amount, node.unit, zone);
    if (node.bound === "after" || node.bound === "newer") from = Math.max(from, at);
    else to = Math.min(to, at);
  }
  const warning = (message: string): QueryFinding[] => [{ severity: "warning", span: null, message, hint: null }];
  if (from >= to) return warning("nothing can be found: no moment is within all of its dates");
  return from > now ? warning("nothing can be found: its dates are in the future") : [];
}

/** What a search with this query does not look at. */
function reachFindings(query: Query): QueryFinding[] {
  const note = (message: string, hint: string | null = null): QueryFinding => ({
    severity: "note",
    span: null,
    message,
    hint,
  });
  const isAddress = ({ node }: QueryTerm) =>
    node.kind === "text" && ["from", "to", "cc", "bcc", "deliveredto"].includes(node.field) &&
    soughtAddress(node.text) !== undefined;
  return [
    ...(mentionsSpamOrTrash(query)
      ? []
      : [note("spam and trash are left out", "in:anywhere, or --include-spam-trash, looks there too")]),
    ...(query.terms.some(isAddress)
      ? [note(
        "an address is looked for as it is written: Gmail's API knows no aliases",
        "--from and --to with --expand-aliases look for all addresses of a person",
      )]
      : []),
    ...(query.terms.some(({ node }) => node.kind === "label")
      ? [note("labels are each mailbox's own: one without a label of this name has no hits")]
      : []),
    ...(query.terms.length > 1
      ? [note("all conditions are about one message; Gmail's own page looks at whole conversations")]
      : []),
  ];
}
