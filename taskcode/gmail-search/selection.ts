import { comparable, withoutTag } from "./names.ts";
import { closedMailbox, ofTenant } from "./rows.ts";
import type { Coverage, DirectoryUser, Member, SelectedUser } from "./types.ts";

/** Whose mailboxes are asked for: those that fit everything that is given. */
export interface Criteria {
  /** Addresses, primary or not. */
  readonly users?: readonly string[] | undefined;
  /** Addresses of mailboxes that are left out in any case. */
  readonly exclude: readonly string[];
  readonly orgUnits?: readonly string[] | undefined;
  /** Without the units below them. */
  readonly orgUnitOnly: boolean;
  readonly groups?: readonly Group[] | undefined;
  readonly adminsOnly: boolean;
  /** Of each domain, in the order given; does not apply to users who are asked for by name. */
  readonly maxUsersPerDomain: number;
}

/** A group with everybody who is in it, directly or through other groups. */
export interface Group {
  readonly address: string;
  /** Addresses and ids. */
  readonly members: ReadonlySet<string>;
  /** Addresses alone. */
  readonly addresses: readonly string[];
  /** Everybody of the customer is in it. */
  readonly hasEverybody: boolean;
}

export function groupOf(address: string, members: readonly Member[]): Group {
  const people = members.filter(({ type }) => type !== "GROUP");
  const addresses = people.flatMap(({ email }) => email === undefined ? [] : [comparable(email)]);
  return {
    address,
    addresses,
    members: new Set([...addresses, ...people.flatMap(({ id }) => id === undefined ? [] : [id])]),
    hasEverybody: people.some(({ type }) => type === "CUSTOMER"),
  };
}

/** The users whose mailboxes are searched, and a line for everybody else that says why not. */
export function select(
  users: readonly SelectedUser[],
  criteria: Criteria,
): { selected: SelectedUser[]; left: Coverage[] } {
  const left: Coverage[] = [];
  const unknown = {
    users: new Set(criteria.users),
    exclude: new Set(criteria.exclude),
    orgUnits: new Set(criteria.orgUnits),
    members: new Set(criteria.groups?.flatMap(({ addresses }) => addresses)),
  };
  const perDomain = new Map<string, number>();
  const selected = users.filter(({ user, domain, tenant }) => {
    const names = namesOf(user);
    const take = (among: Set<string>) =>
      [...among].filter((name) => isOf(names, name) && among.delete(name)).length > 0;
    const isNamed = take(unknown.users);
    const isExcluded = take(unknown.exclude);
    take(unknown.members);
    for (const path of unknown.orgUnits) if (isIn(user, path, criteria.orgUnitOnly)) unknown.orgUnits.delete(path);

    const line = { ...ofTenant({ tenant }), email: user.primaryEmail, domain, messages: 0 };
    const skip = (reason: string, message?: string) => {
      left.push({ ...line, status: "skipped", reason, ...(message === undefined ? {} : { message }) });
      return false;
    };
    if (isExcluded) return skip("excluded");
    const outside = whyOutside(user, isNamed, criteria);
    if (outside !== undefined) return skip("not selected", outside);
    const closed = closedMailbox(user);
    if (closed !== undefined) {
      if (!isNamed) return skip(closed);
      left.push({ ...line, status: "failed", reason: closed, message: "asked for, but cannot be read" });
      return false;
    }
    const count = perDomain.get(domain) ?? 0;
    if (criteria.users === undefined && count >= criteria.maxUsersPerDomain) {
      return skip("over the limit", `${criteria.maxUsersPerDomain} users of a domain are searched`);
    }
    perDomain.set(domain, count + 1);
    return true;
  });

  const notThere = "not in the directory of the domains searched";
  const absent = (email: string, domain: string, status: "failed" | "skipped", message: string) =>
    left.push({ email, domain, status, reason: "not found", message, messages: 0 });
  for (const email of unknown.users) absent(email, domainOf(email), "failed", `asked for, but ${notThere}`);
  for (const path of unknown.orgUnits) {
    left.push({
      ...{ email: null, domain: path, about: "organisational unit", status: "failed", reason: "not found" },
      ...{ message: "no user of the domains searched is in it", messages: 0 },
    });
  }
  for (const email of unknown.members) {
    absent(email, domainOf(email), "skipped", `in a group asked for, but ${notThere}`);
  }
  for (const email of unknown.exclude) absent(email, domainOf(email), "skipped", `to be left out, but ${notThere}`);
  return { selected, left };
}

/** Which of the things asked for the user does not fit; undefined when none. */
function whyOutside(user: DirectoryUser, isNamed: boolean, criteria: Criteria): string | undefined {
  const { users, orgUnits, orgUnitOnly, groups, adminsOnly } = criteria;
  if (users !== undefined && !isNamed) return "not among the users asked for";
  if (orgUnits !== undefined && !orgUnits.some((path) => isIn(user, path, orgUnitOnly))) {
    return "not in an organisational unit asked for";
  }
  const names = [user.id, ...namesOf(user)];
  const isMember = ({ members, hasEverybody }: Group) => hasEverybody || names.some((name) => members.has(name));
  if (groups !== undefined && !groups.some(isMember)) return "not in a group asked for";
  if (adminsOnly && !user.isAdmin && !user.isDelegatedAdmin) return "no administrator";
  return undefined;
}

/** Every address of the mailbox. */
function namesOf(user: DirectoryUser): string[] {
  return [user.primaryEmail, ...(user.aliases ?? []), ...(user.nonEditableAliases ?? [])].map((name) =>
    comparable(name)
  );
}

function isOf(names: readonly string[], name: string): boolean {
  return names.includes(name) || names.includes(withoutTag(name));
}

/** Paths are compared as Google does, without regard to case. */
function isIn({ orgUnitPath }: DirectoryUser, path: string, isOnly: boolean): boolean {
  const [own, asked] = [(orgUnitPath ?? "/").toLowerCase(), path.toLowerCase()];
  return own === asked || (!isOnly && own.startsWith(asked === "/" ? "/" : `${asked}/`));
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1);
}
