import { type Column, columnRow, fetchFor, isoDate, type LabelNames, messageRow } from "./gmail-search/columns.ts";
import { composeQuery, type Conditions } from "./gmail-search/conditions.ts";
import { inTenant, readDirectory } from "./gmail-search/directory.ts";
import { comparable, readNames } from "./gmail-search/names.ts";
import { Earlier, type KnownMessage, OVERLAP } from "./gmail-search/earlier.ts";
import { everyPage } from "./gmail-search/pages.ts";
import { costOfUser, GET, LABELS, LIST, PAGE, PROFILE } from "./gmail-search/plan.ts";
import { freeze, namesDays, refuse } from "./gmail-search/question.ts";
import { searchResult } from "./gmail-search/result.ts";
import { failedLine, failure, ofTenant } from "./gmail-search/rows.ts";
import { select } from "./gmail-search/selection.ts";
import type { CallError, Coverage, DirectoryUser, MessageRow, SelectedUser, Tools } from "./gmail-search/types.ts";

declare const tools: Tools;

/**
 * Searches the mail of every user of one or several Google Workspace domains, and says of every user of the directory
 * whether the mailbox was read: a mailbox that was not read never looks like one without hits.
 *
 * Keeps records of the kinds `message` (one a message found), `message_gone` (deleted between listing and reading) and
 * `coverage` (one a directory user, and one a domain or user that was asked for and is not there); of a search that only
 * counts, `count` (one a mailbox) and `coverage`; of one that asks for bodies, `body` (the text of one each); of one for what has come since an earlier run, `known` too (what that run had
 * found and the next one will have to leave out again).
 */

export const manifest = {
  description: "Search Gmail in every mailbox of one or several Google Workspace domains",
  services: ["gapi", "records", "run", "log"],
  namespaces: ["default"],
  input: {
    type: "object",
    additionalProperties: false,
    properties: {
      gmailSearchQuery: {
        type: "string",
        default: "",
        maxLength: 4000,
        description: "What to look for, in Gmail's search language; empty finds all mail",
        "x-flag": { name: "query", aliases: ["q"] },
      },
      from: {
        type: "array",
        items: { type: "string", minLength: 1 },
        description: "Sent by any of these: addresses, domains or names",
      },
      to: {
        type: "array",
        items: { type: "string", minLength: 1 },
        description: "Sent to any of these, as to, cc or bcc",
      },
      subject: {
        type: "string",
        minLength: 1,
        description: "All of these words in the subject; what stands in quotes is a phrase",
      },
      words: {
        type: "string",
        minLength: 1,
        description: "All of these words anywhere in the message; what stands in quotes is a phrase",
      },
      messageId: {
        type: "array",
        items: { type: "string", minLength: 1 },
        description: "With any of these Message-ID headers: the copies of one mail in all mailboxes",
      },
      label: {
        type: "array",
        items: { type: "string", minLength: 1 },
        description: "With any of these labels, by their names",
      },
      hasAttachment: {
        type: "boolean",
        description: "With an attachment; --no-has-attachment: without one",
      },
      filename: {
        type: "array",
        items: { type: "string", minLength: 1 },
        description: "With an attachment of any of these names or kinds, such as report.pdf or pdf",
      },
      larger: {
        type: "string",
        minLength: 1,
        description: "Larger than this, in bytes or as 500K, 5M, 1G",
      },
      since: {
        type: "string",
        minLength: 1,
        description: "Received since a day (2026-05-01), a time (2026-05-01T14:30, with Z or +02:00 if not local) or " +
          "an age (12h, 3d, 2w, 6m, 1y)",
      },
      until: {
        type: "string",
        minLength: 1,
        description: "Received until then, written as --since is; a day is included",
      },
      timezone: {
        type: "string",
        minLength: 1,
        description: "The zone of all dates, those of the query too, such as Europe/Berlin; this machine's if left out",
      },
      expandAliases: {
        type: "boolean",
        default: false,
        description: "Look for all addresses of a person of the directory whom --from or --to names by one of them",
      },
      maxUsersPerDomain: {
        type: "integer",
        minimum: 1,
        default: 98,
        description: "Search at most so many users of each domain, in order of their addresses",
      },
      maxResultsPerUser: {
        type: "integer",
        minimum: 1,
        default: 10,
        description: "Fetch at most so many messages of each user, the newest first",
      },
      tenants: {
        type: "array",
        items: { type: "string", minLength: 1 },
        minItems: 1,
        uniqueItems: true,
        description: "Search these Workspaces: keystore namespaces that hold the credentials of each",
        "x-flag": { name: "tenant" },
        "x-namespaces": true,
      },
      domains: {
        type: "array",
        items: { type: "string", minLength: 1 },
        description: "Search these domains only",
      },
      users: {
        type: "array",
        items: { type: "string", minLength: 3 },
        description: "Search these users only; the limit of users per domain does not apply to them",
      },
      orgUnits: {
        type: "array",
        items: { type: "string", minLength: 1 },
        description: "Search users of these organisational units (/Sales) and of the units below them only",
        "x-flag": { name: "ou" },
      },
      orgUnitOnly: {
        type: "boolean",
        default: false,
        description: "Leave out the units below",
        "x-flag": { name: "ou-only" },
      },
      groups: {
        type: "array",
        items: { type: "string", minLength: 3 },
        description: "Search members of these groups only, also those who are members through other groups",
        "x-flag": { name: "group" },
      },
      adminsOnly: {
        type: "boolean",
        default: false,
        description: "Search administrators only",
      },
      exclude: {
        type: "array",
        items: { type: "string", minLength: 3 },
        description: "Do not search these users",
      },
      sinceRun: {
        type: "string",
        minLength: 1,
        description:
          "Search again what this earlier run has searched, for what it has not found: mail that came since, and " +
          "all in mailboxes that it has not read to the end. The question and the users are that run's",
        "x-run": {
          besides: ["columns", "metadataHeaders", "fields", "maxResultsPerUser", "maxUsersPerDomain", "plan", "count"],
        },
      },
      plan: {
        type: "boolean",
        default: false,
        description: "Fetch nothing: count what each user has, and say what the search would fetch and cost",
      },
      count: {
        type: "boolean",
        default: false,
        description: "Fetch nothing: count what each user has, without any limit",
      },
      includeSpamTrash: {
        type: "boolean",
        default: false,
        description: "Look in spam and trash too",
      },
      columns: {
        type: "array",
        items: {
          enum: [
            "from",
            "to",
            "cc",
            "bcc",
            "subject",
            "date",
            "labels",
            "size",
            "snippet",
            "attachments",
            "messageId",
            "inReplyTo",
            "threadId",
            "folder",
            "read",
            "body",
          ],
        },
        minItems: 1,
        uniqueItems: true,
        description:
          "What to say of every message, in this order behind its mailbox and id: from, to, cc, bcc, subject, " +
          "date, labels, size, snippet, attachments (name, type, size), messageId, inReplyTo, threadId, folder, read, body (its text: fetched and kept only when asked for)",
      },
      metadataHeaders: {
        type: "array",
        items: { type: "string", minLength: 1 },
        default: ["From", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To"],
        description: "Headers to fetch of every message, when there are no --columns",
      },
      fields: {
        type: "string",
        minLength: 1,
        default: "id,threadId,labelIds,snippet,sizeEstimate,internalDate,payload/headers",
        description: "Parts to fetch of every message, as a field mask of the Gmail API, when there are no --columns",
      },
    },
  },
};

interface Input extends Conditions {
  tenants?: string[];
  maxUsersPerDomain?: number;
  maxResultsPerUser?: number;
  domains?: string[];
  users?: string[];
  orgUnits?: string[];
  orgUnitOnly?: boolean;
  groups?: string[];
  adminsOnly?: boolean;
  exclude?: string[];
  sinceRun?: string;
  plan?: boolean;
  count?: boolean;
  includeSpamTrash?: boolean;
  columns?: Column[];
  metadataHeaders?: string[];
  fields?: string;
}

/** A message that was found: as it is kept, and its date whether that is kept or not. */
interface Found {
  readonly row: MessageRow;
  readonly date: string;
}

/** Messages in one getMany. */
const MANY = 50;
/** A user's messages are part of the result when they are at most so many, and all of them together at most so many. */
const SHOWN_PER_USER = 10;
const SHOWN = 1000;
const SAMPLES = 10;
/** Between two words of progress, ms: each is a call of its own, and people see no more. */
const PROGRESS_EVERY = 250;

export default async function gmailSearch(input: Input = {}) {
  const limit = input.maxResultsPerUser ?? 10;
  const { columns } = input;
  if (columns !== undefined && (isGiven(input, "metadataHeaders") || isGiven(input, "fields"))) {
    refuse("--columns says what is fetched, and so do --metadata-headers and --fields: give one or the other");
  }
  const { metadataHeaders, fields } = manifest.input.properties;
  const fetch = columns === undefined
    ? {
      format: "metadata",
      metadataHeaders: input.metadataHeaders ?? metadataHeaders.default,
      fields: input.fields ?? fields.default,
    }
    : fetchFor(columns);
  const extent = { limit, hasLabels: columns?.includes("labels") ?? false };
  // Date.now() is part of the journal: a resumed run asks the same question.
  const start = Math.floor(Date.now() / 1000);
  const ask = (zone: string, people: DirectoryUser[] = []) =>
    freeze(composeQuery(input, { start, zone }, people), start, zone);
  // What cannot be asked is refused before any call.
  ask(input.timezone ?? "UTC");
  const asked = readNames(input);
  const earlier = input.sinceRun === undefined ? undefined : await Earlier.read(tools);
  const isDated = input.since !== undefined || input.until !== undefined || namesDays(input.gmailSearchQuery ?? "");
  const zone = input.timezone ?? (isDated ? await tools.run.timeZone() : "UTC");

  const { domains, users, groups, failed: unlisted, refusals, ...spent } = await readDirectory(tools, {
    ...asked,
    tenants: input.tenants ?? [undefined],
  });
  let { apiCalls } = spent;
  const question = earlier === undefined
    ? ask(zone, input.expandAliases ? users.map(({ user }) => user) : [])
    : `${earlier.question} before:${start}`.trimStart();
  const ledger: Coverage[] = [...unlisted];
  const { selected, left } = select(users, {
    ...asked,
    groups,
    orgUnitOnly: input.orgUnitOnly ?? false,
    adminsOnly: input.adminsOnly ?? false,
    maxUsersPerDomain: input.maxUsersPerDomain ?? 98,
  });
  ledger.push(...left);
  await keep(ledger);

  const totals = { done: 0, found: 0, users: 0, listed: 0 };
  let told = Number.NEGATIVE_INFINITY;
  let samples: Found[] = [];
  let shown = 0;
  const quota = input.plan ? await tools.gapi.getQuota({ methods: [PROFILE, LIST, LABELS, GET] }) : undefined;
  await Promise.all(selected.map(input.plan || input.count ? countUser : searchUser));

  if (selected.length === 0 && refusals.length === domains.length && refusals.length > 0) {
    const credentials = refusals.find(({ code }) => code === "CREDENTIALS" || code === "FORBIDDEN");
    if (credentials !== undefined) throw credentials;
  }
  return searchResult({
    question,
    extent,
    domains,
    tenants: input.tenants,
    selected,
    ledger,
    samples: samples.map(({ row }) => row),
    columns,
    showsMessages: shown <= SHOWN,
    isCount: input.plan === true || input.count === true,
    since: earlier === undefined ? undefined : {
      run: input.sinceRun!,
      from: iso(earlier.since),
      whole: selected.filter(({ user }) => earlier.whyWhole(user.primaryEmail) !== undefined).length,
    },
    quota,
    apiCalls,
  });

  /** Counts what one mailbox has; whatever goes wrong with it ends in the ledger and leaves the others alone. */
  async function countUser(selected: SelectedUser): Promise<void> {
    await cover(selected, async (email) => {
      const [hits] = await Promise.all([countHits(selected), requireOwnMailbox(selected)])
        .finally(() => totals.listed += 1);
      selected.hits = hits;
      totals.found += hits;
      totals.done += hits;
      const cost = quota === undefined ? {} : costOfUser(hits, extent, quota);
      await tools.records.append("count", [{
        ...ofTenant(selected),
        mailbox: email,
        domain: selected.domain,
        hits,
        ...cost,
      }]);
      const line = {
        email,
        domain: selected.domain,
        status: "complete",
        reason: null,
        messages: 0,
        matched: hits,
      } as const;
      return { ...line, ...sinceOf(email) };
    });
  }

  /** Searches one mailbox; whatever goes wrong with it ends in the ledger and leaves the others alone. */
  async function searchUser(selected: SelectedUser): Promise<void> {
    await cover(selected, async (email) => {
      const { domain } = selected;
      const [{ ids, truncated }] = await Promise.all([listIds(selected), requireOwnMailbox(selected)])
        .finally(() => totals.listed += 1);
      totals.found += ids.length;
      const [unread] = await Promise.all([fetchMessages(selected, ids), progress()]);
      const messages = selected.messageCount;
      if (unread.length > 0) {
        const first = unread[0]!;
        const message = `${unread.length} of ${ids.length} messages could not be read: ${first.message}`;
        return { ...failedLine(email, domain, first), messages, message };
      }
      const since = sinceOf(email);
      if (truncated) return { email, domain, status: "truncated", reason: `truncated at ${limit}`, messages, ...since };
      return { email, domain, status: "complete", reason: null, messages, matched: ids.length, ...since };
    });
  }

  /** What the ledger says of a mailbox in a search for what has come since an earlier run. */
  function sinceOf(email: string): { since?: string; message?: string } {
    if (earlier === undefined) return {};
    const why = earlier.whyWhole(email);
    return why === undefined
      ? { since: iso(earlier.since) }
      : { message: `searched from the beginning: for the earlier run it was ${why}` };
  }

  /** Hands on what the earlier run had found, as far as the next one will find it again. */
  async function keepKnown(selected: SelectedUser, isAll: boolean): Promise<void> {
    const from = iso(start - OVERLAP);
    const known = [...knownOf(selected).values()]
      .filter(({ date }) => isAll || date === null || date >= from)
      .map((message) => ({ mailbox: selected.user.primaryEmail, ...message }));
    for (let at = 0; at < known.length; at += PAGE) await tools.records.append("known", known.slice(at, at + PAGE));
  }

  /** Writes the line of a mailbox into the ledger, whatever came of it. */
  async function cover(selected: SelectedUser, search: (email: string) => Promise<Coverage>): Promise<void> {
    const { user: { primaryEmail: email }, domain } = selected;
    let coverage: Coverage;
    try {
      coverage = await search(email);
    } catch (error) {
      const refusal = failure(error);
      coverage = refusal.code === "NO_MAILBOX"
        ? { email, domain, status: "skipped", reason: "no mailbox", message: refusal.message, messages: 0 }
        : { ...failedLine(email, domain, refusal), messages: selected.messageCount };
    }
    coverage = { ...ofTenant(selected), ...coverage };
    selected.coverage = coverage;
    ledger.push(coverage);
    totals.users += 1;
    await Promise.all([keepKnown(selected, coverage.status !== "complete"), keep([coverage]), progress()]);
  }

  /** Throws when the answers for an address come from another mailbox: its mail must not pass for this user's. */
  async function requireOwnMailbox({ user, tenant }: SelectedUser): Promise<void> {
    apiCalls += 1;
    const { emailAddress } = await tools.gapi.gmail.users.getProfile({ userId: user.primaryEmail }, inTenant(tenant));
    if (comparable(emailAddress) === comparable(user.primaryEmail)) return;
    throw Object.assign(new Error(`Google answered with the mailbox of ${emailAddress}`), {
      code: "WRONG_MAILBOX",
      hint: "the address may have changed hands since the directory was read: search again",
    });
  }

  async function countHits(selected: SelectedUser): Promise<number> {
    let hits = 0;
    const known = knownOf(selected);
    await everyPage(async (pageToken) => {
      if (pageToken === undefined) hits = 0;
      const { messages = [], nextPageToken } = await listPage(selected, PAGE, pageToken);
      hits += messages.filter(({ id }) => !known.has(id)).length;
      return nextPageToken;
    });
    return hits;
  }

  /** The ids that the question finds, at most `limit`, each once; and whether there are more. */
  async function listIds(selected: SelectedUser): Promise<{ ids: string[]; truncated: boolean }> {
    const ids = new Set<string>();
    const known = knownOf(selected);
    await everyPage(async (pageToken) => {
      if (pageToken === undefined) ids.clear();
      // One more than the limit is asked for: only then is "truncated" a fact.
      const page = await listPage(selected, Math.min(PAGE, limit + 1 - ids.size + known.size), pageToken);
      for (const { id } of page.messages ?? []) if (!known.has(id)) ids.add(id);
      return ids.size > limit ? undefined : page.nextPageToken;
    });
    return { ids: [...ids].slice(0, limit), truncated: ids.size > limit };
  }

  /** What an earlier run has found of it already. */
  function knownOf({ user }: SelectedUser): ReadonlyMap<string, KnownMessage> {
    return earlier?.known(user.primaryEmail) ?? new Map();
  }

  async function listPage({ user, tenant }: SelectedUser, maxResults: number, pageToken: string | undefined) {
    apiCalls += 1;
    const isSince = earlier !== undefined && earlier.whyWhole(user.primaryEmail) === undefined;
    return await tools.gapi.gmail.users.messages.list({
      userId: user.primaryEmail,
      q: isSince ? `after:${earlier.since} ${question}` : question,
      maxResults,
      fields: "messages/id,nextPageToken",
      ...(input.includeSpamTrash ? { includeSpamTrash: true } : {}),
      ...(pageToken === undefined ? {} : { pageToken }),
    }, inTenant(tenant));
  }

  /** Fetches messages and keeps them as records; gives the errors of those that are there and could not be read. */
  async function fetchMessages(selected: SelectedUser, ids: string[]): Promise<CallError[]> {
    const userId = selected.user.primaryEmail;
    const unread: CallError[] = [];
    const names = ids.length > 0 && extent.hasLabels ? await labelNames(selected) : new Map();
    for (let start = 0; start < ids.length; start += MANY) {
      const chunk = ids.slice(start, start + MANY);
      apiCalls += chunk.length;
      const answer = await tools.gapi.gmail.users.messages.getMany({
        userId,
        ids: chunk,
        ...fetch,
      }, inTenant(selected.tenant));
      const found: Found[] = [];
      const gone: object[] = [];
      for (const item of answer.messages) {
        if (item.ok) {
          const row = columns === undefined
            ? messageRow(selected, item.id, item.message)
            : columnRow(selected, item.id, item.message, { columns, names });
          found.push({ row, date: isoDate(item.message) ?? "" });
        } else if (item.error.code === "NOT_FOUND") {
          gone.push({ ...ofTenant(selected), mailbox: userId, domain: selected.domain, id: item.id });
        } else unread.push(item.error);
      }
      selected.messageCount += found.length;
      totals.done += chunk.length;
      show(selected, found, ids.length);
      await Promise.all([
        found.length > 0 ? tools.records.append("message", found.map(({ row }) => row)) : undefined,
        gone.length > 0 ? tools.records.append("message_gone", gone) : undefined,
        progress(),
      ]);
    }
    return unread;
  }

  async function labelNames({ user, tenant }: SelectedUser): Promise<LabelNames> {
    apiCalls += 1;
    const asked = { userId: user.primaryEmail, fields: "labels(id,name)" };
    const { labels = [] } = await tools.gapi.gmail.users.labels.list(asked, inTenant(tenant));
    return new Map(labels.map(({ id, name }) => [id, name]));
  }

  function show(selected: SelectedUser, found: Found[], matched: number): void {
    samples = [...samples, ...found]
      .sort((a, b) => b.date.localeCompare(a.date) || (a.row.id < b.row.id ? -1 : 1))
      .slice(0, SAMPLES);
    if (matched > SHOWN_PER_USER) return;
    shown += found.length;
    // One user's messages in the result and another's not would be no sense: all small lists are shown, or none.
    if (shown <= SHOWN) selected.messages.push(...found.map(({ row }) => row));
  }

  async function keep(lines: Coverage[]): Promise<void> {
    for (let start = 0; start < lines.length; start += PAGE) {
      await tools.records.append("coverage", lines.slice(start, start + PAGE));
    }
  }

  async function progress(): Promise<void> {
    if (Date.now() - told < PROGRESS_EVERY && totals.users < selected.length) return;
    told = Date.now();
    // Until every list is there, how many messages there are is not known.
    const isListed = totals.listed === selected.length;
    const total = isListed ? totals.found : null;
    const note = isListed
      ? `${totals.users} of ${selected.length} users`
      : `${totals.listed} of ${selected.length} mailboxes listed`;
    await tools.run.progress(totals.done, total, { unit: "messages", note });
  }
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

/** Whether the input says something of its own there: whoever starts a run gets the defaults filled in. */
function isGiven(input: Input, name: keyof Input): boolean {
  const schema = manifest.input.properties[name];
  const usual = "default" in schema ? schema.default : undefined;
  return input[name] !== undefined && JSON.stringify(input[name]) !== JSON.stringify(usual);
}
