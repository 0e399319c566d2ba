import type { MailMessage } from "../mail/message.ts";
import { mentionsSpamOrTrash, parseQuery } from "../mail/query.ts";
import { compileMatcher } from "../mail/query_match.ts";
import { labelQueryForm } from "../mail/query_terms.ts";
import type { ApiCall, ApiState } from "./api_call.ts";
import { flag, pageSize } from "./api_call.ts";
import type { Mailbox, Position } from "./mailbox.ts";
import { METADATA_SCOPE } from "./methods.ts";
import { makePageToken, readPageToken } from "./page_token.ts";
import { forbidden, invalidArgument, Refusal } from "./refusal.ts";

/** What `messages.list` and `threads.list` have in common: the question, and the pages of its answer. */

/** Gmail's `resultSizeEstimate` when there are more pages: no count at all (observed in the field as a flat 201). */
const FLAT_ESTIMATE = 201;

export interface Listing {
  /** Entries on a page. */
  readonly size: number;
  /** The page starts behind this; undefined for the first page. */
  readonly after: Position | undefined;
  /** Whether a message belongs to the answer. */
  readonly matches: (message: MailMessage) => boolean;
  /** What follows the entries of a page: the token if there is more behind `last`, and the estimate. */
  ending(count: number, last: MailMessage | undefined): { nextPageToken?: string; resultSizeEstimate: number };
}

interface Question {
  q: string;
  labelIds: string[];
  includeSpamTrash: boolean;
}

function isSpamOrTrash(message: MailMessage): boolean {
  return message.labelIds.includes("SPAM") || message.labelIds.includes("TRASH");
}

function matcherOf(question: Question, mailbox: Mailbox, now: number): (message: MailMessage) => boolean {
  const query = parseQuery(question.q);
  const labels = new Map([...mailbox.labels.userLabels()].map(([name, id]) => [labelQueryForm(name), id]));
  const matches = compileMatcher(query, { now, labels, ownAddress: mailbox.owner });
  const everywhere = question.includeSpamTrash || mentionsSpamOrTrash(query) ||
    question.labelIds.some((id) => id === "SPAM" || id === "TRASH");
  return (message) =>
    (everywhere || !isSpamOrTrash(message)) &&
    question.labelIds.every((id) => message.labelIds.includes(id)) &&
    matches(message);
}

/** Reads a listing's parameters. `kind` keeps the page tokens of different listings apart. */
export function readListing(kind: string, call: ApiCall, mailbox: Mailbox, state: ApiState): Listing | Refusal {
  const { query, session } = call;
  const size = pageSize(query);
  if (size instanceof Refusal) return size;
  // Google refuses the parameter whenever the token carries the metadata scope, whatever else it carries.
  if (query.get("q") !== null && session.scopes.has(METADATA_SCOPE)) {
    return forbidden("Metadata scope does not support 'q' parameter");
  }
  const question: Question = {
    q: query.get("q") ?? "",
    labelIds: query.getAll("labelIds"),
    includeSpamTrash: flag(query, "includeSpamTrash"),
  };
  for (const id of question.labelIds) {
    if (mailbox.labels.get(id) === undefined) return invalidArgument(`Invalid label: ${id}`);
  }
  const asked = [kind, mailbox.owner, question.q, String(question.includeSpamTrash), ...question.labelIds];
  const token = query.get("pageToken") ?? "";
  const after = token === "" ? undefined : readPageToken(state, asked, token);
  if (token !== "" && after === undefined) return invalidArgument("Invalid pageToken");
  return {
    size,
    after,
    matches: matcherOf(question, mailbox, state.clock.now()),
    ending(count, last) {
      if (last === undefined) return { resultSizeEstimate: count };
      const nextPageToken = makePageToken(state, asked, { date: last.internalDate, id: last.id });
      return { nextPageToken, resultSizeEstimate: FLAT_ESTIMATE };
    },
  };
}
