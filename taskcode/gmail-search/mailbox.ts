import { type Column, columnRow, type Fetch, isoDate, type LabelNames, messageRow } from "./columns.ts";
import { inTenant } from "./directory.ts";
import type { Earlier, KnownMessage } from "./earlier.ts";
import { requireOwnMailbox } from "./own_mailbox.ts";
import { everyPage } from "./pages.ts";
import { type Extent, PAGE } from "./plan.ts";
import { ofTenant } from "./rows.ts";
import type { CallError, GmailMessage, MessageRow, SelectedUser, Tools } from "./types.ts";

/** Messages in one getMany. */
const MANY = 50;

/** What is asked of every mailbox. */
export interface MailQuestion {
  readonly question: string;
  readonly includeSpamTrash: boolean;
  readonly extent: Extent;
  readonly fetch: Fetch;
  /** What a row says of a message, when that was chosen. */
  readonly columns: readonly Column[] | undefined;
  /** The run whose messages are left out. */
  readonly earlier: Earlier | undefined;
}

/** A message that was found: as it is kept, and its date whether that is kept or not. */
export interface Found {
  readonly row: MessageRow;
  readonly date: string;
}

/** What has come of one getMany. */
export interface Fetched {
  /** How many messages were asked for. */
  readonly count: number;
  readonly found: readonly Found[];
  /** Rows of those deleted between listing and reading. */
  readonly gone: readonly object[];
}

/** The mailbox of one selected user: everything that Gmail is asked about it. */
export class Mailbox {
  readonly selected: SelectedUser;
  /** How many have been made. */
  apiCalls = 0;
  readonly #gmail: Tools["gapi"]["gmail"];
  readonly #asked: MailQuestion;
  /** What the earlier run has found of it already. */
  readonly #known: ReadonlyMap<string, KnownMessage>;

  constructor(tools: Tools, selected: SelectedUser, asked: MailQuestion) {
    this.selected = selected;
    this.#gmail = tools.gapi.gmail;
    this.#asked = asked;
    this.#known = asked.earlier?.known(this.#userId) ?? new Map();
  }

  async requireOwn(): Promise<void> {
    this.apiCalls += 1;
    const profile = await this.#gmail.users.getProfile({ userId: this.#userId }, this.#credentials);
    requireOwnMailbox(this.#userId, profile);
  }

  /** How many messages the question finds. */
  async countHits(): Promise<number> {
    let hits = 0;
    await everyPage(async (pageToken) => {
      if (pageToken === undefined) hits = 0;
      const { messages = [], nextPageToken } = await this.#listPage(PAGE, pageToken);
      hits += messages.filter(({ id }) => !this.#known.has(id)).length;
      return nextPageToken;
    });
    return hits;
  }

  /** The ids that the question finds, at most `limit`, each once; and whether there are more. */
  async listIds(): Promise<{ ids: string[]; truncated: boolean }> {
    const { limit } = this.#asked.extent;
    const ids = new Set<string>();
    await everyPage(async (pageToken) => {
      if (pageToken === undefined) ids.clear();
      // One more than the limit is asked for: only then is "truncated" a fact.
      const page = await this.#listPage(Math.min(PAGE, limit + 1 - ids.size + this.#known.size), pageToken);
      for (const { id } of page.messages ?? []) if (!this.#known.has(id)) ids.add(id);
      return ids.size > limit ? undefined : page.nextPageToken;
    });
    return { ids: [...ids].slice(0, limit), truncated: ids.size > limit };
  }

  /**
   * Fetches messages and hands them to `keep`, some at a time, the next when those are kept; gives the errors of those that
   * are there and could not be read.
   */
  async fetchMessages(ids: readonly string[], keep: (fetched: Fetched) => Promise<unknown>): Promise<CallError[]> {
    const { extent, fetch } = this.#asked;
    const unread: CallError[] = [];
    const names = ids.length > 0 && extent.hasLabels ? await this.#labelNames() : new Map();
    for (let start = 0; start < ids.length; start += MANY) {
      const chunk = ids.slice(start, start + MANY);
      this.apiCalls += chunk.length;
      const answer = await this.#gmail.users.messages.getMany({
        userId: this.#userId,
        ids: chunk,
        ...fetch,
      }, this.#credentials);
      const found: Found[] = [];
      const gone: object[] = [];
      for (const item of answer.messages) {
        if (item.ok) {
          const { id, message } = item;
          found.push({ row: this.#row(id, message, names), date: isoDate(message) ?? "" });
        } else if (item.error.code === "NOT_FOUND") {
          const { domain } = this.selected;
          gone.push({ ...ofTenant(this.selected), mailbox: this.#userId, domain, id: item.id });
        } else unread.push(item.error);
      }
      await keep({ count: chunk.length, found, gone });
    }
    return unread;
  }

  #row(id: string, message: GmailMessage, names: LabelNames): MessageRow {
    const { columns } = this.#asked;
    return columns === undefined
      ? messageRow(this.selected, id, message)
      : columnRow(this.selected, id, message, { columns, names });
  }

  async #listPage(maxResults: number, pageToken: string | undefined) {
    this.apiCalls += 1;
    const { question, includeSpamTrash, earlier } = this.#asked;
    const isSince = earlier !== undefined && earlier.whyWhole(this.#userId) === undefined;
    return await this.#gmail.users.messages.list({
      userId: this.#userId,
      q: isSince ? `after:${earlier.since} ${question}` : question,
      maxResults,
      fields: "messages/id,nextPageToken",
      ...(includeSpamTrash ? { includeSpamTrash: true } : {}),
      ...(pageToken === undefined ? {} : { pageToken }),
    }, this.#credentials);
  }

  async #labelNames(): Promise<LabelNames> {
    this.apiCalls += 1;
    const asked = { userId: this.#userId, fields: "labels(id,name)" };
    const { labels = [] } = await this.#gmail.users.labels.list(asked, this.#credentials);
    return new Map(labels.map(({ id, name }) => [id, name]));
  }

  get #userId(): string {
    return this.selected.user.primaryEmail;
  }

  get #credentials(): { namespace?: string } {
    return inTenant(this.selected.tenant);
  }
}
