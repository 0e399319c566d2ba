import type { Clock } from "../../core/clock.ts";
import { LEGACY_MANIFEST } from "../../core/manifest.ts";
import type { SerializedError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Service } from "../contract.ts";
import { send } from "../outgoing.ts";
import { keyAge } from "./key_age.ts";

/** One thing that a search needs. */
export interface SetupCheck {
  readonly name: string;
  readonly passed: boolean;
  /** What was found, or what is wrong. */
  readonly detail: string;
  readonly hint?: string;
}

export interface SetupCheckOptions {
  readonly gapi: Service;
  readonly clock: Clock;
  readonly namespace: string;
  /** A mailbox to read besides; of each domain one is tried in any case. */
  readonly user?: string | undefined;
  /** Where the time is asked for, and how old the key is. */
  readonly timeServer: URL;
  readonly signal: AbortSignal;
}

type Answer = { readonly value: unknown } | { readonly error: Pick<SerializedError, "message" | "hint" | "code"> };

interface User {
  readonly primaryEmail: string;
  readonly suspended?: boolean;
  readonly archived?: boolean;
  readonly isMailboxSetup?: boolean;
}

/** Google refuses a signature of a clock that is further off (RFC 7523 leaves the leeway to it), s. */
const MOST_SKEW = 300;
/** A clock that is so far off is worth a word already, s. */
const NOTED_SKEW = 5;
const DAY = 86_400_000;
/** Google's advice for keys of service accounts, days. */
const OLD_KEY = 90;
/** Users looked at for one that has a mailbox: a page, as large as Google makes it. */
const USERS = 500;

/** Tries one by one what a search of all mailboxes needs. What does not depend on what has failed is tried all the same. */
export async function* checkSetup(options: SetupCheckOptions): AsyncGenerator<SetupCheck> {
  const ask = askerOf(options);
  yield await checkClock(options);

  const credentials = await ask("checkCredentials", options.user === undefined ? {} : { userId: options.user });
  if ("error" in credentials) return yield failed("service account", credentials.error);
  const found = credentials.value as {
    clientEmail: string;
    clientId: string;
    projectId: string;
    keyId: string;
    checks: { scope: string; subject: string; ok: boolean; error?: SerializedError }[];
  };
  yield passed("service account", `${found.clientEmail}, client id ${found.clientId}, project ${found.projectId}`);
  yield await checkKey(found);
  for (const { scope, subject, ok, error } of found.checks) {
    const name = `scope ${scope.slice(scope.lastIndexOf("/") + 1)}`;
    yield ok ? passed(name, `granted, as ${subject}`) : failed(name, error!);
  }

  const listed = await ask("admin.domains.list", { customer: "my_customer" });
  if ("error" in listed) return yield failed("administrator", listed.error);
  const domains = (listed.value as { domains?: { domainName: string }[] }).domains ?? [];
  yield passed("administrator", `may read the directory of ${domains.map(({ domainName }) => domainName).join(", ")}`);
  for (const { domainName } of domains) yield await checkDomain(domainName);
  if (options.user !== undefined) yield await checkMailbox(`mailbox of ${options.user}`, options.user);

  const quota = await ask("getQuota", {});
  if ("error" in quota) return yield failed("quota profile", quota.error);
  const { profile, perMinute } = quota.value as { profile: string; perMinute: { user: number | null } };
  const limit = perMinute.user === null ? "nothing is paced" : `${perMinute.user} units a user and minute`;
  yield passed("quota profile", `${profile}, as given: ${limit}; Google does not tell which one a project has`);

  async function checkKey({ clientEmail, keyId }: { clientEmail: string; keyId: string }): Promise<SetupCheck> {
    const { timeServer: server, clock, signal } = options;
    const age = await keyAge({ server, clientEmail, keyId, signal });
    if (age.type === "unknown") return passed("key", `its age cannot be known: ${age.why}`);
    if (age.type === "gone") {
      return failed("key", {
        message: "Google does not list it among the keys of this account",
        hint: "it was deleted, or is some minutes old only: make a new key, and run tasker google setup --key key.json",
        code: "CREDENTIALS",
      });
    }
    const days = Math.max(0, Math.floor((clock.now() - age.at) / DAY));
    const made = `made ${new Date(age.at).toISOString().slice(0, 10)}, ${days} ${days === 1 ? "day" : "days"} ago`;
    if (days <= OLD_KEY) return passed("key", made);
    return {
      ...passed("key", made),
      hint: `a key older than ${OLD_KEY} days is better replaced: make a new one, delete this one`,
    };
  }

  async function checkDomain(domain: string): Promise<SetupCheck> {
    const name = `mailbox of a user of ${domain}`;
    const users = await ask("admin.users.list", { domain, maxResults: USERS, orderBy: "email" });
    if ("error" in users) return failed(name, users.error);
    const people = (users.value as { users?: User[] }).users ?? [];
    const open = people.find(({ suspended, archived, isMailboxSetup }) =>
      !suspended && !archived && isMailboxSetup !== false
    );
    if (open !== undefined) return await checkMailbox(name, open.primaryEmail);
    if (people.length < USERS) return passed(name, `none of its ${people.length} users has one`);
    return failed(name, {
      message: `none of its first ${USERS} users has one`,
      hint: "name a mailbox of it with --user",
      code: "NO_MAILBOX",
    });
  }

  async function checkMailbox(name: string, address: string): Promise<SetupCheck> {
    const profile = await ask("gmail.users.getProfile", { userId: address });
    if ("error" in profile) return failed(name, profile.error);
    const { emailAddress, messagesTotal } = profile.value as { emailAddress: string; messagesTotal: number };
    if (emailAddress.toLowerCase() === address.toLowerCase()) {
      const messages = messagesTotal === 1 ? "message" : "messages";
      return passed(name, `${address} can be read: ${messagesTotal} ${messages}`);
    }
    return failed(name, { message: `for ${address} the mailbox of ${emailAddress} answers`, code: "WRONG_MAILBOX" });
  }
}

async function checkClock({ clock, timeServer, signal }: SetupCheckOptions): Promise<SetupCheck> {
  const name = "clock";
  let date: string | null;
  const asked = clock.now();
  try {
    const response = await send(timeServer, { method: "HEAD", redirect: "manual", signal });
    await response.body?.cancel();
    date = response.headers.get("date");
  } catch {
    return failed(name, {
      message: `${timeServer.host} does not answer`,
      hint: "look whether this machine reaches it: network, proxy, firewall",
      code: "UNAVAILABLE",
    });
  }
  if (date === null || Number.isNaN(Date.parse(date))) return passed(name, `${timeServer.host} does not say the time`);
  // The server's time has whole seconds, and was taken on the way.
  const skew = Math.round((Date.parse(date) + 500 - (asked + clock.now()) / 2) / 1_000);
  if (Math.abs(skew) > MOST_SKEW) {
    return failed(name, {
      message: `it is ${Math.abs(skew)} s ${skew > 0 ? "slow" : "fast"}`,
      hint: "set the clock of this machine: tokens are refused when it is more than five minutes off",
      code: "CREDENTIALS",
    });
  }
  return passed(name, Math.abs(skew) < NOTED_SKEW ? "right" : `${Math.abs(skew)} s ${skew > 0 ? "slow" : "fast"}`);
}

function askerOf({ gapi, clock, namespace, signal }: SetupCheckOptions) {
  const manifest = { ...LEGACY_MANIFEST, namespaces: [namespace] };
  return async (method: string, params: JsonObject): Promise<Answer> => {
    const outcome = await gapi.call({
      taskRunId: "setup-check",
      frameId: `setup-check.${method}`,
      taskName: "setup-check",
      manifest,
      method,
      args: [params],
      attempt: 1,
      issuedAt: clock.now(),
      progress: undefined,
      signal,
    });
    if (outcome.type === "result") return { value: outcome.value };
    if (outcome.type === "error") return { error: outcome.error };
    const until = outcome.type === "wait" ? ` until ${new Date(outcome.until).toISOString()}` : "";
    return { error: { message: `Google refuses for its quota${until}`, code: "RATE_LIMITED" } };
  };
}

function passed(name: string, detail: string): SetupCheck {
  return { name, passed: true, detail };
}

function failed(name: string, { message, hint, code }: Pick<SerializedError, "message" | "hint" | "code">): SetupCheck {
  return { name, passed: false, detail: `${message} (${code})`, ...(hint === undefined ? {} : { hint }) };
}
