/** The parsed form of a Gmail `q`, and its parser. Operators: https://support.google.com/mail/answer/7190 */
import { lexQuery } from "./query_lexer.ts";
import { QueryParser } from "./query_parser.ts";

export type TextField = "any" | "from" | "to" | "cc" | "bcc" | "subject" | "filename" | "list" | "deliveredto";
export type AgeUnit = "h" | "d" | "m" | "y";
export type QueryDate = { kind: "epoch"; seconds: number } | { kind: "day"; year: number; month: number; day: number };

export type QueryNode =
  | { kind: "all" }
  | { kind: "and"; nodes: QueryNode[] }
  | { kind: "or"; nodes: QueryNode[] }
  | { kind: "not"; node: QueryNode }
  | { kind: "text"; field: TextField; text: string }
  /** Both within `distance` words of each other; `ordered` when the left one must come first. */
  | { kind: "near"; field: TextField; left: string; right: string; distance: number; ordered: boolean }
  /** `in:`, `is:`, `has:` and `category:` values and label names are lower case, a label in q-form. */
  | { kind: "in"; place: string }
  | { kind: "is"; state: string }
  | { kind: "has"; what: string }
  | { kind: "label"; name: string }
  | { kind: "category"; name: string }
  | { kind: "date"; bound: "before" | "after"; date: QueryDate }
  | { kind: "age"; bound: "older" | "newer"; amount: number; unit: AgeUnit }
  | { kind: "size"; bound: "larger" | "smaller"; bytes: number }
  | { kind: "messageId"; id: string };

/** A piece of the query; offsets in UTF-16 units. */
export interface QuerySpan {
  start: number;
  end: number;
}

/** One condition and where it stands; inside of `from:(a b)` the operator stands elsewhere. */
export interface QueryTerm extends QuerySpan {
  node: QueryNode;
  /** Lower case; undefined for a bare word or phrase. */
  operator: string | undefined;
  /** What follows the operator, as it was written. */
  value: string;
}

export interface QueryWarning extends QuerySpan {
  message: string;
  hint?: string;
  /** A quote or bracket without its partner: the query would swallow what is added to it. */
  unpaired?: true;
}

export interface Query {
  root: QueryNode;
  /** Every condition, in order. */
  terms: QueryTerm[];
  warnings: QueryWarning[];
}

/**
 * Reads a `q`. Any text is a query: what is not understood is kept as words to look for and noted in `warnings`, as Gmail, too, refuses
 * nothing. OR binds its two neighbours tighter than the AND that stands between terms unwritten: `a b OR c d` is a AND (b OR c) AND d.
 */
export function parseQuery(q: string): Query {
  const parser = new QueryParser(q, lexQuery(q));
  return { root: parser.parse(), terms: parser.terms, warnings: parser.warnings };
}

const SPAM_OR_TRASH: ReadonlySet<string> = new Set(["spam", "trash", "anywhere"]);

/**
 * True when the query asks for spam or trash itself (`in:anywhere`, `in:spam`, `label:trash`, …), so that the caller must not leave them
 * out; `-in:spam` does not ask for it.
 */
export function mentionsSpamOrTrash(query: Query): boolean {
  return mentions(query.root);
}

function mentions(node: QueryNode): boolean {
  if (node.kind === "and" || node.kind === "or") return node.nodes.some(mentions);
  if (node.kind === "in") return SPAM_OR_TRASH.has(node.place);
  return false;
}
