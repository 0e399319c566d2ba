import { comparable } from "./names.ts";
import { everyPage } from "./pages.ts";
import { PAGE } from "./plan.ts";
import { failedLine, failure, ofTenant } from "./rows.ts";
import { type Group, groupOf } from "./selection.ts";
import type { CallError, Coverage, DirectoryUser, Member, SelectedUser, Tools } from "./types.ts";

/** Members on one page of a group: Google's limit. */
const MEMBERS = 200;

/** Whose directories are read: those of the tenants (undefined: the one of the task's own namespace). */
export interface DirectoryQuestion {
  readonly tenants: readonly (string | undefined)[];
  readonly domains?: readonly string[] | undefined;
  readonly groups?: readonly string[] | undefined;
}

export interface DirectoryAnswer {
  readonly domains: readonly Domain[];
  /** Each once, in order of the tenants, domains and addresses. */
  readonly users: readonly SelectedUser[];
  readonly groups: readonly Group[] | undefined;
  /** A line for everything that could not be listed, and for every mailbox that another tenant reaches as well. */
  readonly failed: readonly Coverage[];
  /** The errors of the domains whose users could not be listed. */
  readonly refusals: readonly CallError[];
  readonly apiCalls: number;
}

/** A domain that is searched. */
export interface Domain {
  readonly name: string;
  readonly tenant: string | undefined;
}

/** What a tenant's directory calls its domains. */
interface Tenant {
  readonly namespace: string | undefined;
  /** Domains and alias domains → the domain whose users they reach; undefined when they could not be listed. */
  readonly domains: ReadonlyMap<string, string> | undefined;
  /** Why not. */
  readonly refusal?: CallError;
}

/** Reads the directories. Throws when nothing at all can be read of any. */
export async function readDirectory(tools: Tools, asked: DirectoryQuestion): Promise<DirectoryAnswer> {
  const { admin } = tools.gapi;
  const failed: Coverage[] = [];
  const refusals: CallError[] = [];
  let apiCalls = 0;

  const tenants = await Promise.all(asked.tenants.map(listDomains));
  if (asked.domains === undefined && tenants.every(({ domains }) => domains === undefined)) throw tenants[0]!.refusal;
  const domains = chosenDomains();
  const [listed, groups] = await Promise.all([
    Promise.all(domains.map(listUsers)),
    asked.groups === undefined ? undefined : Promise.all(asked.groups.map(listMembers)),
  ]);
  const users = new Map<string, SelectedUser>();
  for (const selected of listed.flat()) {
    const first = users.get(selected.user.id);
    if (first === undefined) users.set(selected.user.id, selected);
    else if (first.tenant !== selected.tenant) failed.push(sameMailbox(selected, first));
  }
  return { domains, users: [...users.values()], groups, failed, refusals, apiCalls };

  async function listDomains(namespace: string | undefined): Promise<Tenant> {
    const domains = new Map<string, string>();
    try {
      apiCalls += 1;
      const answer = await admin.domains.list({ customer: "my_customer" }, inTenant(namespace));
      for (const { domainName, domainAliases } of answer.domains ?? []) {
        domains.set(comparable(domainName), domainName.toLowerCase());
        for (const { domainAliasName } of domainAliases ?? []) {
          domains.set(comparable(domainAliasName), domainName.toLowerCase());
        }
      }
      return { namespace, domains };
    } catch (error) {
      const refusal = failure(error);
      // One tenant's domains can be named instead. Of several, nobody would know whose they are.
      if (asked.tenants.length > 1) {
        failed.push({ ...failedLine(null, namespace!, refusal), tenant: namespace!, about: "tenant" });
      }
      return { namespace, domains: undefined, refusal };
    }
  }

  /** The domains asked for, an alias domain as the one that it stands for; all when none is. */
  function chosenDomains(): Domain[] {
    const chosen = new Map<string, Domain>();
    const choose = (name: string, tenant: string | undefined) =>
      chosen.set(`${tenant ?? ""}/${name}`, { name, tenant });
    if (asked.domains === undefined) {
      for (const { namespace, domains } of tenants) for (const name of domains?.values() ?? []) choose(name, namespace);
      return [...chosen.values()];
    }
    for (const name of asked.domains) {
      const owner = tenants.find(({ domains }) => domains?.has(name));
      if (owner !== undefined) choose(owner.domains!.get(name)!, owner.namespace);
      else if (tenants.length === 1) choose(name, tenants[0]!.namespace);
      else {
        const message = "asked for, but a domain of none of the tenants";
        failed.push({ email: null, domain: name, status: "failed", reason: "not found", message, messages: 0 });
      }
    }
    return [...chosen.values()];
  }

  async function listUsers({ name: domain, tenant }: Domain): Promise<SelectedUser[]> {
    const users: DirectoryUser[] = [];
    try {
      await everyPage(async (pageToken) => {
        if (pageToken === undefined) users.length = 0;
        apiCalls += 1;
        const page = await admin.users.list({
          domain,
          maxResults: PAGE,
          orderBy: "email",
          ...(pageToken === undefined ? {} : { pageToken }),
        }, inTenant(tenant));
        users.push(...(page.users ?? []));
        return page.nextPageToken;
      });
    } catch (error) {
      const refusal = failure(error);
      refusals.push(refusal);
      failed.push({ ...failedLine(null, domain, refusal), ...(tenant === undefined ? {} : { tenant }) });
    }
    return users.map((user) => ({
      ...(tenant === undefined ? {} : { tenant }),
      user,
      domain,
      name: user.name?.fullName ?? "",
      messageCount: 0,
      messages: [],
    }));
  }

  async function listMembers(address: string): Promise<Group> {
    const domain = address.slice(address.lastIndexOf("@") + 1);
    const owner = tenants.find(({ domains }) => domains?.has(domain)) ?? tenants[0]!;
    const members: Member[] = [];
    try {
      await everyPage(async (pageToken) => {
        if (pageToken === undefined) members.length = 0;
        apiCalls += 1;
        const page = await admin.members.list({
          groupKey: address,
          includeDerivedMembership: true,
          maxResults: MEMBERS,
          ...(pageToken === undefined ? {} : { pageToken }),
        }, inTenant(owner.namespace));
        members.push(...(page.members ?? []));
        return page.nextPageToken;
      });
    } catch (error) {
      failed.push(failedLine(address, domain, failure(error)));
    }
    return groupOf(address, members);
  }
}

function sameMailbox({ tenant, user, domain }: SelectedUser, first: SelectedUser): Coverage {
  const message = `a user of tenant ${first.tenant}, whose line counts`;
  const line = { email: user.primaryEmail, domain, status: "skipped", reason: "same mailbox", message, messages: 0 };
  return { ...ofTenant({ tenant }), ...line } as Coverage;
}

/** The second argument of a call: whose credentials are used. */
export function inTenant(tenant: string | undefined): { namespace?: string } {
  return tenant === undefined ? {} : { namespace: tenant };
}
