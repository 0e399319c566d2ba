import type { Directory } from "./directory.ts";
import type { DirectoryUser } from "./people.ts";

/** A group of the local Workspace. */
export interface DirectoryGroup {
  /** Address, lower case. */
  readonly email: string;
  readonly users: readonly DirectoryUser[];
  /** Groups that are members of this one. */
  readonly groups: readonly DirectoryGroup[];
  /** Addresses of members that are no users of the customer. */
  readonly guests: readonly string[];
}

/**
 * The groups of a domain: one of each organisational unit (`sales@…`), and `staff@…`, whose members are those groups, the
 * administrator and a guest.
 */
export function groupsOf(directory: Directory, domain: string): DirectoryGroup[] {
  const byUnit = Map.groupBy(
    directory.users().filter((user) => user.domain === domain),
    ({ orgUnitPath }) => orgUnitPath,
  );
  const units = [...byUnit].filter(([path]) => path !== "/").sort(([a], [b]) => a < b ? -1 : 1)
    .map(([path, users]): DirectoryGroup => ({
      email: `${path.slice(path.lastIndexOf("/") + 1).toLowerCase()}@${domain}`,
      users,
      groups: [],
      guests: [],
    }));
  const admins = (byUnit.get("/") ?? []).filter(({ isAdmin }) => isAdmin);
  const staff = { email: `staff@${domain}`, users: admins, groups: units, guests: [`guest@partner.example`] };
  return [...units, staff];
}

export interface Membership {
  readonly email: string;
  readonly id: string;
  readonly type: "USER" | "GROUP";
}

/** The members of a group, each once, in order of address; with those of the groups in it when they are derived. */
export function membersOf(group: DirectoryGroup, derived: boolean, idOf: (address: string) => string): Membership[] {
  const found = new Map<string, Membership>();
  const collect = ({ users, groups, guests }: DirectoryGroup) => {
    for (const { email, id } of users) found.set(email, { email, id, type: "USER" });
    for (const email of guests) found.set(email, { email, id: idOf(email), type: "USER" });
    for (const inner of groups) {
      if (derived) collect(inner);
      else found.set(inner.email, { email: inner.email, id: idOf(inner.email), type: "GROUP" });
    }
  };
  collect(group);
  return [...found.values()].sort((a, b) => a.email < b.email ? -1 : 1);
}
