import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import { formatCount, plural } from "./numbers.ts";
import { flatten } from "./rows.ts";
import { shortId } from "../run_lookup.ts";
import { cut, renderTable } from "./table.ts";
import { styled } from "./terminal.ts";
import { formatDateTime, formatDuration, zone } from "./times.ts";
import { forTerminal } from "../../mail/safe_text.ts";

/** The result of `gmail-search`, as far as it is shown. */
export interface SearchResult {
  readonly summary: {
    readonly totalDomains: number;
    readonly totalUsers: number;
    readonly totalMessagesFound: number;
    readonly searchQuery: string;
  };
  readonly domainResults: readonly {
    readonly domain: string;
    readonly users: readonly {
      readonly email: string;
      readonly name: string;
      readonly messageCount: number;
      readonly status: string;
    }[];
  }[];
  /** Of a search for what has come since an earlier run. */
  readonly since?: { readonly run: string; readonly from: string; readonly whole: number };
  /** What was chosen to be said of messages; absent: all that a search fetches by itself. */
  readonly columns?: readonly string[];
  readonly sampleMessages: readonly JsonObject[];
  readonly coverage: Coverage;
  /** Of a search that was only planned. */
  readonly plan?: {
    readonly toFetch: number;
    readonly units: number;
    readonly unitsOfOneUser: number;
    readonly seconds: number;
    readonly profile: string;
  };
}

interface Coverage {
  readonly selected: number;
  readonly complete: number;
  readonly truncated: number;
  readonly skipped: number;
  readonly failed: number;
  readonly truncatedAt: number;
  readonly skippedReasons: Readonly<Record<string, number>>;
  readonly users: readonly {
    readonly email: string | null;
    readonly domain: string;
    /** What it is that could not be listed, when it is no user; a domain when absent. */
    readonly about?: string;
    readonly reason: string | null;
    readonly message?: string;
    readonly hint?: string;
  }[];
  readonly tenants?: readonly (Omit<Coverage, "tenants" | "users" | "truncatedAt" | "skippedReasons"> & {
    readonly tenant: string;
  })[];
}

/** The result as a search's, or undefined when some other task made it. */
export function asSearchResult(result: Json): SearchResult | undefined {
  if (!isJsonObject(result) || !isJsonObject(result.summary) || !isJsonObject(result.coverage)) return undefined;
  const lists = [result.domainResults, result.sampleMessages, result.coverage.users];
  if (!lists.every(Array.isArray) || !isJsonObject(result.coverage.skippedReasons)) return undefined;
  return result as unknown as SearchResult;
}

/** Users that a table has whether they have hits or not. */
const ALL_SHOWN = 40;
/** Columns of a sender, on a terminal of fewer than WIDE and otherwise. */
const WIDE = 130;
const SENDER = { narrow: 24, wide: 36 } as const;
/** Columns of any other text. */
const WIDEST = 60;

/** The table of users, the newest messages, and the coverage. */
export function renderSearchResult(result: SearchResult, options: { width: number; color: boolean }): string {
  const head = (text: string) => styled(options.color, "bold", text);
  const failures = new Map(result.coverage.users.map((user) => [user.email, user]));
  const all = result.domainResults.flatMap(({ domain, users }) => users.map((user) => ({ domain, ...user })));
  // Of many, those are shown who have hits or were not wholly read; everyone else was read to the end and had none.
  const shown = all.length <= ALL_SHOWN
    ? all
    : all.filter(({ email, messageCount, status }) => messageCount > 0 || status !== "complete" || failures.has(email));
  const rows = shown.map(({ domain, email, name, messageCount, status }) => {
    const failure = failures.get(email);
    const state = failure === undefined ? status === "truncated" ? "limit" : "" : `FAILED: ${failure.reason ?? ""}`;
    return [domain, email, name, formatCount(messageCount), state];
  });
  const hasState = rows.some((row) => row[4] !== "");
  const columns = [{ title: "DOMAIN" }, { title: "USER", shrink: true }, { title: "NAME" }, {
    title: "MESSAGES",
    align: "right" as const,
  }];
  const sections = [
    renderTable(
      hasState ? [...columns, { title: "" }] : columns,
      hasState ? rows : rows.map((row) => row.slice(0, 4)),
      { ...options, head },
    ) + withoutHits(all.length - shown.length),
  ];
  if (result.sampleMessages.length > 0) sections.push(renderSamples(result, { ...options, head }));
  const { totalMessagesFound, totalUsers, totalDomains, searchQuery } = result.summary;
  const plan = result.plan === undefined ? "" : describePlan(result.plan);
  const since = result.since === undefined ? "" : describeSince(result.since, totalUsers);
  sections.push(
    `${styled(options.color, "bold", plural(totalMessagesFound, "message"))} in ${
      plural(totalUsers, "mailbox", "mailboxes")
    } of ` +
      `${plural(totalDomains, "domain")} for ${describeQuestion(searchQuery)}\n${since}${plan}${
        renderCoverage(result, options.color)
      }`,
  );
  return sections.join("\n");
}

/** The newest messages: in the columns that were chosen, or when, whose, from whom and what about. */
function renderSamples(
  { sampleMessages, columns }: SearchResult,
  options: { width: number; head: (text: string) => string },
): string {
  // The minute is enough here.
  const when = (date: string) => date === "" ? "" : formatDateTime(Date.parse(date)).slice(0, -":00".length);
  const rows = sampleMessages.map(flatten);
  if (columns !== undefined) {
    const names = ["mailbox", ...columns];
    const cells = rows.map((row) =>
      names.map((name) => {
        if (name === "date") return when(row.get(name) ?? "");
        // The text itself is no part of the result.
        if (name === "body") return `${formatCount(Number(row.get("body.characters") ?? 0))} characters`;
        return short(row.get(name) ?? "", WIDEST);
      })
    );
    const titles = names.map((name) => ({ title: name === "date" ? `date (${zone()})` : name }));
    return renderTable(titles, cells, options);
  }
  const isNarrow = options.width > 0 && options.width < WIDE;
  const samples = rows.map((row) => [
    when(row.get("date") ?? ""),
    row.get("mailbox") ?? "",
    short(header(row, "from"), isNarrow ? SENDER.narrow : SENDER.wide),
    short(header(row, "subject"), WIDEST),
  ]);
  const titles = [{ title: `NEWEST (${zone()})` }, { title: "MAILBOX" }, { title: "FROM" }];
  return renderTable([...titles, { title: "SUBJECT", shrink: true }], samples, options);
}

/** `Plan: 400 messages to fetch, 8,200 quota units (2,005 for one user): at least 1 min under the quota profile new`. */
function describePlan(plan: NonNullable<SearchResult["plan"]>): string {
  const { toFetch, units, unitsOfOneUser, seconds, profile } = plan;
  const time = seconds === 0 ? "no wait for quota" : `at least ${formatDuration(seconds * 1_000)}`;
  return `Plan: ${plural(toFetch, "message")} to fetch for ${plural(units, "quota unit")} (at most ${
    formatCount(unitsOfOneUser)
  } for one user): ${time} under the quota profile ${forTerminal(profile)}\n`;
}

/** Which mailboxes were searched from when on. */
function describeSince({ run, from, whole }: NonNullable<SearchResult["since"]>, users: number): string {
  const time = formatDateTime(Date.parse(from));
  return `Since run ${shortId(run)}: what it has not found, ${
    plural(users - whole, "mailbox", "mailboxes")
  } from ${time} on` +
    (whole === 0
      ? "\n"
      : `, ${plural(whole, "mailbox", "mailboxes")} from the beginning, which it had not read to the end\n`);
}

function withoutHits(count: number): string {
  return count === 0 ? "" : `and ${plural(count, "more mailbox", "more mailboxes")}, read to the end: 0 messages\n`;
}

/** The frozen question; that for all mail is a bound in time and nothing else. */
function describeQuestion(question: string): string {
  const bound = /^before:(\d+)$/.exec(question)?.[1];
  return bound === undefined ? forTerminal(question) : `all mail before ${formatDateTime(Number(bound) * 1_000)}`;
}

function header(row: ReadonlyMap<string, string>, name: string): string {
  return [...row].find(([column]) => column.toLowerCase() === `headers.${name}`)?.[1] ?? "";
}

function short(text: string, width: number): string {
  return cut(text.replace(/\s+/g, " "), width);
}

/** `Coverage: 12 users selected: 10 complete, 1 truncated at 10, 1 FAILED; 5 skipped (3 suspended, 2 no mailbox)`. */
export function renderCoverage({ coverage }: SearchResult, color: boolean): string {
  const { selected, complete, truncated, failed, skipped } = coverage;
  const read = [
    `${formatCount(complete)} complete`,
    ...(truncated > 0
      ? [styled(color, "yellow", `${formatCount(truncated)} truncated at ${formatCount(coverage.truncatedAt)}`)]
      : []),
    styled(color && failed > 0, ["bold", "red"], failed > 0 ? `${formatCount(failed)} FAILED` : "0 failed"),
  ];
  const reasons = Object.entries(coverage.skippedReasons).map(([reason, count]) =>
    `${formatCount(count)} ${forTerminal(reason)}`
  );
  const left = skipped > 0 ? `; ${formatCount(skipped)} skipped (${reasons.join(", ")})` : "";
  const each = (coverage.tenants ?? []).map((tenant) =>
    `  ${forTerminal(tenant.tenant)}: ${formatCount(tenant.selected)} selected: ${
      formatCount(tenant.complete)
    } complete, ` +
    `${formatCount(tenant.truncated)} truncated, ${formatCount(tenant.failed)} failed; ` +
    `${formatCount(tenant.skipped)} skipped\n`
  );
  return `Coverage: ${formatCount(selected)} selected: ${read.join(", ")}${left}\n${each.join("")}`;
}

/** Mailboxes not read that are named one by one; of more, there is a command. */
const NAMED = 20;

export interface WarningOptions {
  /** Lists the coverage of everyone. */
  readonly recordsCommand: string;
}

/** What must not be overlooked: limits that cut something off, and everyone who could not be read. */
export function searchWarnings({ coverage }: SearchResult, options: WarningOptions): string[] {
  const warnings: string[] = [];
  if (coverage.truncated > 0) {
    warnings.push(
      `${plural(coverage.truncated, "mailbox has", "mailboxes have")} more than ${
        plural(coverage.truncatedAt, "message")
      }; ` +
        "--max-results-per-user fetches more of them",
    );
  }
  const overLimit = coverage.skippedReasons["over the limit"] ?? 0;
  if (overLimit > 0) {
    warnings.push(
      `${plural(overLimit, "user was", "users were")} not searched: --max-users-per-domain searches more of them`,
    );
  }
  // A domain that could not be listed is more than a mailbox: it is never among those that are only counted.
  const unread = [...coverage.users].sort((a, b) => Number(a.email !== null) - Number(b.email !== null));
  for (const { email, domain, about = "domain", reason, message } of unread.slice(0, NAMED)) {
    const why = [reason, message].filter((part) => part !== undefined && part !== null).join(": ");
    warnings.push(`not read: ${email ?? `the ${about} ${domain}`} (${why})`);
  }
  const more = unread.length - NAMED;
  if (more > 0) warnings.push(`not read: and ${formatCount(more)} more: ${options.recordsCommand}`);
  return warnings;
}

/** What helps those who could not be read; many fail for one reason, and it is said once. */
export function searchHints({ coverage }: SearchResult): string[] {
  return [...new Set(coverage.users.flatMap(({ hint }) => hint === undefined ? [] : [hint]))];
}
