import type { Domain } from "./directory.ts";
import { costOfSearch, type Extent } from "./plan.ts";
import { ofTenant, plural } from "./rows.ts";
import type { Coverage, MessageRow, QuotaFacts, SelectedUser, Status } from "./types.ts";

/** A search at its end. */
export interface Search {
  readonly question: string;
  readonly extent: Extent;
  readonly domains: readonly Domain[];
  readonly tenants: readonly string[] | undefined;
  readonly selected: readonly SelectedUser[];
  readonly ledger: readonly Coverage[];
  readonly samples: readonly MessageRow[];
  /** What the rows say of messages, when that was chosen. */
  readonly columns: readonly string[] | undefined;
  /** Whether the messages are few enough to be part of the result. */
  readonly showsMessages: boolean;
  /** Nothing was fetched: what is said of a user is how many messages there are. */
  readonly isCount: boolean;
  /** Of a search for what has come since an earlier run: which one, from when on (ISO), and how many mailboxes were searched whole. */
  readonly since: { readonly run: string; readonly from: string; readonly whole: number } | undefined;
  /** Of a search that is planned. */
  readonly quota: QuotaFacts | undefined;
  readonly apiCalls: number;
}

/** What the task gives back. */
export function searchResult(search: Search) {
  const { question, extent, domains, tenants, ledger, quota, isCount } = search;
  const searched = search.selected.filter(({ coverage }) => coverage?.status !== "skipped");
  const messagesOf = ({ messageCount, hits }: SelectedUser) => isCount ? hits ?? 0 : messageCount;
  const totalOf = (users: readonly SelectedUser[]) => users.reduce((sum, user) => sum + messagesOf(user), 0);
  const userResult = (user: SelectedUser) => ({
    email: user.user.primaryEmail,
    name: user.name,
    messageCount: messagesOf(user),
    status: user.coverage?.status,
    // An empty list would look like a mailbox without hits.
    ...(user.coverage?.status !== "failed" && search.showsMessages && user.messages.length === messagesOf(user)
      ? { messages: user.messages }
      : {}),
  });
  const skippedReasons: Record<string, number> = {};
  for (const { status, reason } of ledger) {
    if (status === "skipped" && reason !== null) skippedReasons[reason] = (skippedReasons[reason] ?? 0) + 1;
  }
  return {
    summary: {
      totalDomains: domains.length,
      totalUsers: searched.length,
      totalMessagesFound: totalOf(searched),
      searchQuery: question,
    },
    domainResults: domains.map(({ name: domain, tenant }) => {
      const users = searched.filter((user) => user.domain === domain && user.tenant === tenant);
      return {
        ...ofTenant({ tenant }),
        domain,
        users: users.map(userResult),
        totalMessages: totalOf(users),
        userCount: users.length,
      };
    }),
    ...(search.since === undefined ? {} : { since: search.since }),
    ...(search.columns === undefined ? {} : { columns: search.columns }),
    sampleMessages: search.samples,
    executionInfo: {
      completedAt: new Date(Date.now()).toISOString(),
      totalApiCalls: search.apiCalls,
      description: `${plural(totalOf(searched), "message")} ${isCount ? "counted " : ""}in ${
        plural(searched.length, "mailbox", "mailboxes")
      } of ${plural(domains.length, "domain")}`,
    },
    ...(quota === undefined
      ? {}
      : { plan: costOfSearch(searched.flatMap(({ hits }) => hits === undefined ? [] : [hits]), extent, quota) }),
    coverage: {
      ...numbersOf(ledger),
      truncatedAt: extent.limit,
      skippedReasons,
      ...(tenants === undefined ? {} : {
        tenants: tenants.map((tenant) => ({
          tenant,
          ...numbersOf(ledger.filter((line) => line.tenant === tenant)),
        })),
      }),
      users: ledger.filter(({ status }) => status === "failed"),
    },
  };
}

/** How many users came to what. */
function numbersOf(lines: readonly Coverage[]) {
  const count = (status: Status) => lines.filter((line) => line.status === status).length;
  const [complete, truncated, skipped, failed] = [
    count("complete"),
    count("truncated"),
    count("skipped"),
    count("failed"),
  ];
  return { selected: complete + truncated + failed, complete, truncated, skipped, failed };
}
