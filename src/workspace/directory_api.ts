import type { ApiCall, ApiState, MethodHandler } from "./api_call.ts";
import { flag, pageSize } from "./api_call.ts";
import { hash32 } from "./dice.ts";
import type { Tenant } from "./directory.ts";
import { aliasDomainOf } from "./directory.ts";
import { groupsOf, membersOf } from "./groups.ts";
import type { ApiMethod } from "./methods.ts";
import { makePageToken, readPageToken } from "./page_token.ts";
import type { DirectoryUser } from "./people.ts";
import { forbidden, invalidArgument, notFound, Refusal } from "./refusal.ts";

/** The Directory API of the Admin SDK: users, domains and members of groups, for administrators. */

function etag(...parts: readonly (number | string)[]): string {
  return `"${hash32(...parts).toString(36)}"`;
}

/** A user in the API's shape; source: Directory API reference, `users`. */
function userResource(user: DirectoryUser, { customer, domains }: Tenant): object {
  const isPrimary = user.domain === domains[0];
  const aliases = user.aliases.map((address) => ({ address }));
  const inAliasDomain = isPrimary ? [user.email.replace(/@.*/, `@${aliasDomainOf(user.domain)}`)] : [];
  return {
    kind: "admin#directory#user",
    id: user.id,
    etag: etag(user.id, String(user.suspended), String(user.archived)),
    primaryEmail: user.email,
    name: {
      givenName: user.givenName,
      familyName: user.familyName,
      fullName: `${user.givenName} ${user.familyName}`.trim(),
    },
    isAdmin: user.isAdmin,
    isDelegatedAdmin: false,
    creationTime: new Date(user.created).toISOString(),
    agreedToTerms: true,
    suspended: user.suspended,
    ...(user.suspended ? { suspensionReason: "ADMIN" } : {}),
    archived: user.archived,
    changePasswordAtNextLogin: false,
    ipWhitelisted: false,
    emails: [{ address: user.email, primary: true }, ...aliases],
    ...(user.aliases.length === 0 ? {} : { aliases: user.aliases }),
    ...(isPrimary ? { nonEditableAliases: inAliasDomain } : {}),
    languages: [{ languageCode: "en", preference: "preferred" }],
    customerId: customer,
    orgUnitPath: user.orgUnitPath,
    isMailboxSetup: user.isMailboxSetup,
    isEnrolledIn2Sv: false,
    isEnforcedIn2Sv: false,
    includeInGlobalAddressList: true,
  };
}

/** Lets only administrators in, and gives them their own tenant. */
function asAdmin(handle: (call: ApiCall, tenant: Tenant, state: ApiState) => object | Refusal): MethodHandler {
  return (call, state) => {
    const tenant = state.directory.tenantOf(call.caller.domain);
    if (!call.caller.isAdmin || tenant === undefined) return forbidden("Not Authorized to access this resource/api");
    return handle(call, tenant, state);
  };
}

function isOwnCustomer(customer: string, tenant: Tenant): boolean {
  return customer === "my_customer" || customer === tenant.customer;
}

const QUERY_FIELDS: Readonly<Record<string, (user: DirectoryUser) => string>> = {
  email: (user) => user.email,
  givenname: (user) => user.givenName,
  familyname: (user) => user.familyName,
  name: (user) => `${user.givenName} ${user.familyName}`,
  orgunitpath: (user) => user.orgUnitPath,
  issuspended: (user) => String(user.suspended),
  isarchived: (user) => String(user.archived),
  isadmin: (user) => String(user.isAdmin),
};

/** The `query` parameter, as far as it is understood here: `field=value`, `field:value*` and plain words, all of which must hold. */
function userFilter(text: string): ((user: DirectoryUser) => boolean) | Refusal {
  const clauses = text.match(/\w+\s*[=:]\s*(?:'[^']*'|\S+)|\S+/g) ?? [];
  const tests: ((user: DirectoryUser) => boolean)[] = [];
  for (const clause of clauses) {
    const [, field, , quoted, bare] = /^(\w+)\s*([=:])\s*(?:'([^']*)'|(\S+))$/.exec(clause) ?? [];
    const wanted = (field === undefined ? clause : quoted ?? bare ?? "").toLowerCase();
    const read = field === undefined
      ? (user: DirectoryUser) => `${user.givenName} ${user.familyName} ${user.email}`
      : QUERY_FIELDS[field.toLowerCase()];
    if (read === undefined) return invalidArgument(`Invalid Input: query`, "query");
    if (field === undefined) tests.push((user) => read(user).toLowerCase().includes(wanted));
    else if (wanted.endsWith("*")) tests.push((user) => read(user).toLowerCase().startsWith(wanted.slice(0, -1)));
    else tests.push((user) => read(user).toLowerCase() === wanted);
  }
  return (user) => tests.every((test) => test(user));
}

const ORDERS: Readonly<Record<string, (user: DirectoryUser) => string>> = {
  email: (user) => user.email,
  givenname: (user) => user.givenName,
  familyname: (user) => user.familyName,
};

/** The domains a listing covers, by its `domain` or `customer` parameter. */
function listedDomains(query: URLSearchParams, tenant: Tenant): readonly string[] | Refusal {
  const domain = query.get("domain")?.toLowerCase();
  const customer = query.get("customer");
  if (domain !== undefined) return tenant.domains.includes(domain) ? [domain] : notFound("Domain not found.");
  if (customer === null) return invalidArgument("Bad Request");
  return isOwnCustomer(customer, tenant) ? tenant.domains : notFound("Resource Not Found: customer");
}

function listUsers(call: ApiCall, tenant: Tenant, state: ApiState): object | Refusal {
  const { query } = call;
  const size = pageSize(query);
  if (size instanceof Refusal) return size;
  const domains = listedDomains(query, tenant);
  if (domains instanceof Refusal) return domains;
  const orderBy = query.get("orderBy") ?? "email";
  const order = ORDERS[orderBy.toLowerCase()];
  if (order === undefined) return invalidArgument(`Invalid Input: orderBy`, "orderBy");
  const filter = userFilter(query.get("query") ?? "");
  if (filter instanceof Refusal) return filter;
  // Deleted users would be another listing (showDeleted=true); they are never in this one.
  const users = state.directory.users().filter((user) => domains.includes(user.domain) && filter(user));
  const descending = query.get("sortOrder")?.toUpperCase() === "DESCENDING";
  const key = (user: DirectoryUser) => `${order(user)}\u0000${user.email}`;
  const isBefore = (a: string, b: string) => descending ? a > b : a < b;
  users.sort((a, b) => isBefore(key(a), key(b)) ? -1 : 1);
  const asked = ["users", tenant.customer, ...domains, orderBy, String(descending), query.get("query") ?? ""];
  const token = query.get("pageToken") ?? "";
  const start = token === "" ? undefined : readPageToken(state, asked, token);
  if (token !== "" && start === undefined) return invalidArgument("Invalid Input: pageToken", "pageToken");
  const from = start === undefined ? 0 : users.filter((user) => !isBefore(start.id, key(user))).length;
  const page = users.slice(from, from + size);
  const more = from + size < users.length;
  return {
    kind: "admin#directory#users",
    etag: etag(tenant.customer, users.length, from),
    ...(page.length === 0 ? {} : { users: page.map((user) => userResource(user, tenant)) }),
    ...(more ? { nextPageToken: makePageToken(state, asked, { date: 0, id: key(page.at(-1)!) }) } : {}),
  };
}

function getUser(call: ApiCall, tenant: Tenant, state: ApiState): object | Refusal {
  const user = state.directory.find(call.params.userKey!);
  if (user === undefined || user.deleted || !tenant.domains.includes(user.domain)) {
    return notFound("Resource Not Found: userKey");
  }
  return userResource(user, tenant);
}

function listDomains(call: ApiCall, tenant: Tenant): object | Refusal {
  if (!isOwnCustomer(call.params.customer!, tenant)) return notFound("Resource Not Found: customer");
  const created = String(Date.UTC(2019, 0, 15));
  const domains = tenant.domains.map((domainName, position) => ({
    kind: "admin#directory#domain",
    etag: etag(domainName),
    domainName,
    isPrimary: position === 0,
    verified: true,
    creationTime: created,
    ...(position === 0 ? { domainAliases: [aliasResource(domainName, created)] } : {}),
  }));
  return { kind: "admin#directory#domains", etag: etag(tenant.customer, domains.length), domains };
}

function aliasResource(primary: string, creationTime: string): object {
  const domainAliasName = aliasDomainOf(primary);
  return {
    kind: "admin#directory#domainAlias",
    etag: etag(domainAliasName),
    domainAliasName,
    parentDomainName: primary,
    verified: true,
    creationTime,
  };
}

const MOST_MEMBERS = 200;

function listMembers(call: ApiCall, tenant: Tenant, state: ApiState): object | Refusal {
  const { query, params } = call;
  const asked = params.groupKey!.toLowerCase();
  const group = tenant.domains.flatMap((domain) => groupsOf(state.directory, domain)).find(({ email }) =>
    email === asked
  );
  if (group === undefined) return notFound("Resource Not Found: groupKey");
  const size = query.has("maxResults") ? pageSize(query) : MOST_MEMBERS;
  if (size instanceof Refusal) return size;
  const derived = flag(query, "includeDerivedMembership");
  const question = ["members", tenant.customer, asked, String(derived)];
  const token = query.get("pageToken") ?? "";
  const start = token === "" ? undefined : readPageToken(state, question, token);
  if (token !== "" && start === undefined) return invalidArgument("Invalid Input: pageToken", "pageToken");
  const members = membersOf(group, derived, (address) => `0${hash32(address)}`)
    .filter(({ email }) => start === undefined || email > start.id);
  const page = members.slice(0, Math.min(size, MOST_MEMBERS));
  return {
    kind: "admin#directory#members",
    etag: etag(asked, members.length),
    ...(page.length === 0 ? {} : {
      members: page.map((member) => ({
        kind: "admin#directory#member",
        etag: etag(member.id),
        ...member,
        role: "MEMBER",
        status: "ACTIVE",
      })),
    }),
    ...(page.length < members.length
      ? { nextPageToken: makePageToken(state, question, { date: 0, id: page.at(-1)!.email }) }
      : {}),
  };
}

export const DIRECTORY_HANDLERS: Readonly<Record<Extract<ApiMethod, `admin.${string}`>, MethodHandler>> = {
  "admin.users.list": asAdmin(listUsers),
  "admin.users.get": asAdmin(getUser),
  "admin.domains.list": asAdmin(listDomains),
  "admin.members.list": asAdmin(listMembers),
};
