import { type Column, type Fetch, fetchFor } from "./gmail-search/columns.ts";
import { composeQuery, type Conditions } from "./gmail-search/conditions.ts";
import { readDirectory } from "./gmail-search/directory.ts";
import { Earlier, iso } from "./gmail-search/earlier.ts";
import { Ledger } from "./gmail-search/ledger.ts";
import { type Fetched, Mailbox } from "./gmail-search/mailbox.ts";
import { readNames } from "./gmail-search/names.ts";
import { costOfUser, GET, LABELS, LIST, PROFILE } from "./gmail-search/plan.ts";
import { Progress } from "./gmail-search/progress.ts";
import { freeze, namesDays, refuse } from "./gmail-search/question.ts";
import { searchResult } from "./gmail-search/result.ts";
import { failedLine, ofTenant } from "./gmail-search/rows.ts";
import { select } from "./gmail-search/selection.ts";
import { Shown } from "./gmail-search/shown.ts";
import type { DirectoryUser, Tools } from "./gmail-search/types.ts";

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

export default async function gmailSearch(input: Input = {}) {
  const limit = input.maxResultsPerUser ?? 10;
  const { columns } = input;
  if (columns !== undefined && (isGiven(input, "metadataHeaders") || isGiven(input, "fields"))) {
    refuse("--columns says what is fetched, and so do --metadata-headers and --fields: give one or the other");
  }
  const { metadataHeaders, fields } = manifest.input.properties;
  const fetch: Fetch = columns === undefined
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
  const question = earlier === undefined
    ? ask(zone, input.expandAliases ? users.map(({ user }) => user) : [])
    : `${earlier.question} before:${start}`.trimStart();
  const { selected, left } = select(users, {
    ...asked,
    groups,
    orgUnitOnly: input.orgUnitOnly ?? false,
    adminsOnly: input.adminsOnly ?? false,
    maxUsersPerDomain: input.maxUsersPerDomain ?? 98,
  });
  const progress = new Progress(tools, selected.length);
  const ledger = new Ledger(tools, { progress, earlier, start });
  await ledger.add([...unlisted, ...left]);

  const includeSpamTrash = input.includeSpamTrash ?? false;
  const mailboxes = selected.map((user) =>
    new Mailbox(tools, user, { question, includeSpamTrash, extent, fetch, columns, earlier })
  );
  const shown = new Shown();
  const quota = input.plan ? await tools.gapi.getQuota({ methods: [PROFILE, LIST, LABELS, GET] }) : undefined;
  await Promise.all(mailboxes.map(input.plan || input.count ? countMailbox : searchMailbox));

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
    ledger: ledger.lines,
    samples: shown.samples,
    columns,
    showsMessages: shown.areFew,
    isCount: input.plan === true || input.count === true,
    since: earlier === undefined ? undefined : {
      run: input.sinceRun!,
      from: iso(earlier.since),
      whole: selected.filter(({ user }) => earlier.whyWhole(user.primaryEmail) !== undefined).length,
    },
    quota,
    apiCalls: mailboxes.reduce((sum, { apiCalls }) => sum + apiCalls, spent.apiCalls),
  });

  /** Counts what one mailbox has; whatever goes wrong with it ends in the ledger and leaves the others alone. */
  async function countMailbox(mailbox: Mailbox): Promise<void> {
    await ledger.cover(mailbox.selected, async (email, domain) => {
      const [hits] = await Promise.all([mailbox.countHits(), mailbox.requireOwn()])
        .finally(() => progress.listed += 1);
      mailbox.selected.hits = hits;
      progress.found += hits;
      progress.done += hits;
      const cost = quota === undefined ? {} : costOfUser(hits, extent, quota);
      await tools.records.append("count", [{ ...ofTenant(mailbox.selected), mailbox: email, domain, hits, ...cost }]);
      const since = earlier?.sinceOf(email);
      return { email, domain, status: "complete", reason: null, messages: 0, matched: hits, ...since };
    });
  }

  /** Searches one mailbox; whatever goes wrong with it ends in the ledger and leaves the others alone. */
  async function searchMailbox(mailbox: Mailbox): Promise<void> {
    await ledger.cover(mailbox.selected, async (email, domain) => {
      const [{ ids, truncated }] = await Promise.all([mailbox.listIds(), mailbox.requireOwn()])
        .finally(() => progress.listed += 1);
      progress.found += ids.length;
      const [unread] = await Promise.all([
        mailbox.fetchMessages(ids, (fetched) => keepMessages(mailbox, fetched, ids.length)),
        progress.tell(),
      ]);
      const messages = mailbox.selected.messageCount;
      if (unread.length > 0) {
        const first = unread[0]!;
        const message = `${unread.length} of ${ids.length} messages could not be read: ${first.message}`;
        return { ...failedLine(email, domain, first), messages, message };
      }
      const since = earlier?.sinceOf(email);
      if (truncated) return { email, domain, status: "truncated", reason: `truncated at ${limit}`, messages, ...since };
      return { email, domain, status: "complete", reason: null, messages, matched: ids.length, ...since };
    });
  }

  /** Keeps messages as records, and shows them where the result has room. */
  function keepMessages({ selected }: Mailbox, { count, found, gone }: Fetched, matched: number): Promise<unknown> {
    selected.messageCount += found.length;
    progress.done += count;
    shown.add(selected, found, matched);
    return Promise.all([
      found.length > 0 ? tools.records.append("message", found.map(({ row }) => row)) : undefined,
      gone.length > 0 ? tools.records.append("message_gone", gone) : undefined,
      progress.tell(),
    ]);
  }
}

/** Whether the input says something of its own there: whoever starts a run gets the defaults filled in. */
function isGiven(input: Input, name: keyof Input): boolean {
  const schema = manifest.input.properties[name];
  const usual = "default" in schema ? schema.default : undefined;
  return input[name] !== undefined && JSON.stringify(input[name]) !== JSON.stringify(usual);
}
