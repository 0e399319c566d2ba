import type { Clock } from "../core/clock.ts";
import type { Directory } from "./directory.ts";
import type { DirectoryUser } from "./people.ts";
import { invalidArgument, Refusal } from "./refusal.ts";
import type { Session } from "./tokens.ts";
import type { Mailboxes } from "./mailboxes.ts";

/** One authenticated request, as the methods of the APIs see it. */
export interface ApiCall {
  readonly session: Session;
  /** Who the token was issued for. */
  readonly caller: DirectoryUser;
  /** What the path's placeholders stand for, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

/** What the methods answer from. */
export interface ApiState {
  readonly directory: Directory;
  readonly mailboxes: Mailboxes;
  readonly clock: Clock;
  /** Page tokens made before the last change of this are refused. */
  pageTokenEpoch: number;
}

/** Carries out one method: the answer's JSON object, or a refusal. */
export type MethodHandler = (call: ApiCall, state: ApiState) => object | Refusal;

const LARGEST_PAGE = 500;

/** The page size asked for; Google takes 1 to 500. */
export function pageSize(query: URLSearchParams): number | Refusal {
  const text = query.get("maxResults");
  if (text === null) return 100;
  const size = /^-?\d+$/.test(text) ? Number(text) : NaN;
  if (Number.isNaN(size)) {
    return invalidArgument(`Invalid value at 'max_results' (TYPE_UINT32), "${text}"`, "maxResults");
  }
  if (size < 1 || size > LARGEST_PAGE) {
    return invalidArgument(
      `Invalid value '${text}'. Values must be within the range: [1, ${LARGEST_PAGE}]`,
      "maxResults",
    );
  }
  return size;
}

/** A flag parameter: absent is false. */
export function flag(query: URLSearchParams, name: string): boolean {
  return query.get(name)?.toLowerCase() === "true";
}
