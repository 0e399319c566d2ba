import { TaskerError } from "../core/errors.ts";
import { hash32 } from "./dice.ts";
import type { DirectoryUser } from "./people.ts";

/** Whose domains these are: one customer of Google's, with one administration. */
export interface Tenant {
  /** As `customerId`: "C" and eight characters. */
  readonly customer: string;
  /** The first is the primary domain. */
  readonly domains: readonly string[];
}

/** Every user and domain, found by address or id. */
export class Directory {
  readonly tenants: readonly Tenant[];
  readonly #byKey = new Map<string, DirectoryUser>();
  readonly #users: DirectoryUser[] = [];
  readonly #tenantOf = new Map<string, Tenant>();

  constructor(tenants: readonly (readonly string[])[]) {
    this.tenants = tenants.map((domains) => ({
      customer: `C0${hash32(domains[0] ?? "").toString(36).padStart(7, "0").slice(0, 7)}`,
      domains,
    }));
    for (const tenant of this.tenants) {
      for (const domain of tenant.domains) this.#tenantOf.set(domain, tenant);
    }
  }

  add(user: DirectoryUser): void {
    this.#users.push(user);
    for (const key of [user.email, user.id, ...user.aliases]) this.#byKey.set(key, user);
  }

  /** The old address goes on as an alias, as at Google. */
  rename(user: DirectoryUser, address: string): void {
    user.aliases = [...user.aliases, user.email];
    user.email = address.toLowerCase();
    this.#byKey.set(user.email, user);
  }

  /** All users that have not been deleted, in order of address. */
  users(): DirectoryUser[] {
    return this.#users.filter((user) => !user.deleted)
      .sort((a, b) => a.email < b.email ? -1 : a.email > b.email ? 1 : 0);
  }

  /** By primary address, alias or id; also a deleted one. */
  find(key: string): DirectoryUser | undefined {
    return this.#byKey.get(key.toLowerCase());
  }

  /** Like `find`, for callers who must have named an existing user. */
  require(key: string): DirectoryUser {
    const user = this.find(key);
    if (user === undefined || user.deleted) {
      throw new TaskerError("NOT_FOUND", `The local Workspace has no user ${key}.`, {
        hint: "Its users are those of users(); they depend on the seed and the options.",
      });
    }
    return user;
  }

  tenantOf(domain: string): Tenant | undefined {
    return this.#tenantOf.get(domain);
  }

  /** Suspended, archived and deleted accounts get no tokens. (Google documents that archived users cannot sign in.) */
  canSignIn(user: DirectoryUser): boolean {
    return !user.suspended && !user.archived && !user.deleted;
  }
}

/** The alias domain that each tenant's primary domain has: `acme.example` → `acme-group.example`. */
export function aliasDomainOf(primary: string): string {
  const dot = primary.indexOf(".");
  return dot < 0 ? `${primary}-group` : `${primary.slice(0, dot)}-group${primary.slice(dot)}`;
}
