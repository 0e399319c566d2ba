import type { Clock } from "../core/clock.ts";
import { TaskerError } from "../core/errors.ts";
import type { FaultRule } from "./faults.ts";
import type { QuotaOptions } from "./quota.ts";
import type { Latency, QuotaRefusal } from "./request_pipeline.ts";
import type { ServiceAccountOptions } from "./service_account.ts";

/** How a local Workspace is to be. Everything has a default. */
export interface WorkspaceOptions {
  /** TCP port on 127.0.0.1; 0, the default, takes a free one. */
  port?: number;
  /** The same seed gives the same people, mail and chance. Default 1. */
  seed?: number;
  /** Names, or how many of `acme.example`, `globex.example`, `initech.example`, … Default 2. */
  domains?: readonly string[] | number;
  /** Whether all domains are one customer's (the first is primary) or each is its own. Default `single`. */
  tenancy?: "single" | "separate";
  /** Including the domain's administrator. Default 20. */
  usersPerDomain?: number;
  /** Further users by address; their domains are added. They start with no mail but what is loaded or added. */
  users?: readonly string[];
  /** Default 50. */
  messagesPerUser?: number;
  /** Shares of each domain's users, 0 to 1. Default 0.02, and at least one of each from ten users on. */
  suspendedShare?: number;
  archivedShare?: number;
  noMailboxShare?: number;
  /** ms: generated mail is older than this. Default: the start of the clock's day, UTC, so that restarts of one day agree. */
  now?: number;
  /** Quotas, latency and tokens go by it. Default: the machine's. */
  clock?: Clock;
  /** What `iat` and `exp` of assertions are held against, when clients live in another time. Default `clock`. */
  assertionClock?: Clock;
  /** Default: the profile `new`. */
  quota?: QuotaOptions & { refusal?: QuotaRefusal };
  /** Default 0. */
  latency?: Latency;
  faults?: readonly FaultRule[];
  /** `.eml` and `.mbox` files, and folders of them. */
  mail?: readonly string[];
  /** Who gets loaded mail that is addressed to nobody here. Default: every user. */
  mailUser?: string;
  /** Scopes granted by domain-wide delegation. Default: the three that a search needs, and that for the members of groups. */
  grantedScopes?: readonly string[];
  /** Seconds that an access token is good for. Default 3600. */
  tokenLifetime?: number;
  serviceAccount?: ServiceAccountOptions;
}

const DOMAIN_NAMES = [
  "acme",
  "globex",
  "initech",
  "umbrella",
  "hooli",
  "stark",
  "wayne",
  "tyrell",
  "cyberdyne",
  "aperture",
];

function usage(message: string): TaskerError {
  return new TaskerError("INVALID_INPUT", message, { hint: "Correct the option and start the local Workspace again." });
}

/** The generated domains' names. */
export function domainNames(domains: WorkspaceOptions["domains"] = 2): string[] {
  if (typeof domains === "number") {
    if (!Number.isInteger(domains) || domains < 1) {
      throw usage(`The number of domains is ${domains}; it must be 1 or more.`);
    }
    return Array.from({ length: domains }, (_none, at) => {
      const round = Math.floor(at / DOMAIN_NAMES.length);
      return `${DOMAIN_NAMES[at % DOMAIN_NAMES.length]}${round === 0 ? "" : round + 1}.example`;
    });
  }
  if (domains.length === 0) throw usage("No domain is named; the local Workspace needs one.");
  const names = domains.map((name) => name.trim().toLowerCase());
  const bad = names.find((name) => !/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(name));
  if (bad !== undefined) throw usage(`"${bad}" is not a domain name.`);
  return [...new Set(names)];
}

/** A whole number within bounds, or an error that names the option. */
export function wholeNumber(name: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw usage(`${name} is ${value}; it must be a whole number from ${least} to ${most}.`);
  }
  return value;
}
