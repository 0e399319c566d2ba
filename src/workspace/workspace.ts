import { systemClock } from "../core/clock.ts";
import { TaskerError } from "../core/errors.ts";
import { parseMessage } from "../mail/mime.ts";
import type { ApiState } from "./api_call.ts";
import type { Counters } from "./counters.ts";
import { CounterBook } from "./counters.ts";
import { Directory } from "./directory.ts";
import { FaultScript } from "./faults.ts";
import type { FaultRule } from "./faults.ts";
import { buildApp } from "./http_app.ts";
import { loadMail } from "./mail_files.ts";
import { Mailboxes } from "./mailboxes.ts";
import { GROUP_SCOPE, SEARCH_SCOPES } from "./methods.ts";
import { domainNames, wholeNumber } from "./options.ts";
import type { WorkspaceOptions } from "./options.ts";
import { generatePeople, personOfAddress } from "./people.ts";
import type { DirectoryUser } from "./people.ts";
import { QuotaMeter } from "./quota.ts";
import { RequestPipeline } from "./request_pipeline.ts";
import type { ServiceAccount, ServiceAccountKey } from "./service_account.ts";
import { keyFileOf, makeServiceAccount } from "./service_account.ts";
import { TokenDesk } from "./tokens.ts";

export type { Counters, UserCounts } from "./counters.ts";
export type { Fault, FaultRule, RequestKind } from "./faults.ts";
export type { WorkspaceOptions } from "./options.ts";
export type { DirectoryUser } from "./people.ts";
export type { ServiceAccountKey } from "./service_account.ts";

/** A running local Google Workspace. */
export interface Workspace {
  /** `http://127.0.0.1:PORT`: give it to Google's clients as `rootUrl`. */
  readonly url: string;
  /** The same: the value of the keystore entry `GAPI_ROOT_URL`. */
  readonly rootUrl: string;
  /** The key file of the service account that has domain-wide delegation. */
  serviceAccount(): ServiceAccountKey;
  /** The administrator of each generated domain. */
  readonly adminEmails: Readonly<Record<string, string>>;
  /** All users as they are now, in order of address. */
  users(): DirectoryUser[];
  /** How many messages were loaded from files. */
  readonly mail: number;
  /** Ids of a user's messages, newest first, spam and trash included. */
  messageIds(user: string): string[];
  counters(): Counters;
  /** Forgets what was counted (not the quota). */
  resetCounters(): void;
  /** Replaces the scripted faults. */
  setFaults(rules: readonly FaultRule[]): void;
  /** Replaces the granted scopes; tokens already given stay good. */
  grantScopes(scopes: readonly string[]): void;
  /** Delivers a message to a user; gives its id. */
  addMessage(user: string, raw: Uint8Array | string): string;
  /** Removes a message for good. */
  deleteMessage(user: string, id: string): void;
  /** Gives a message these labels instead of its own. */
  relabelMessage(user: string, id: string, labelIds: readonly string[]): void;
  suspendUser(user: string): void;
  archiveUser(user: string): void;
  removeMailbox(user: string): void;
  deleteUser(user: string): void;
  /** Gives a user another primary address. */
  renameUser(user: string, address: string): void;
  /** A new user without mail, in a domain that is there. */
  addUser(address: string): void;
  /** Makes a suspended or archived user active again, with a mailbox. */
  restoreUser(user: string): void;
  /** Makes every access token (of one user) worthless. */
  expireTokens(user?: string): void;
  /** Makes every page token given so far worthless. */
  expirePageTokens(): void;
  /** Ends the server; open connections are cut. May be called twice. */
  stop(): Promise<void>;
}

const DAY = 86_400_000;

/** Who works where: generated domains with their people, and the users named by address. */
function buildDirectory(
  options: WorkspaceOptions,
  now: number,
): { directory: Directory; adminEmails: Record<string, string> } {
  const generated = domainNames(options.domains);
  const named = [...new Set((options.users ?? []).map((address) => address.trim().toLowerCase()))];
  const domains = [...new Set([...generated, ...named.map((address) => address.slice(address.indexOf("@") + 1))])];
  const directory = new Directory(options.tenancy === "separate" ? domains.map((domain) => [domain]) : [domains]);
  const count = wholeNumber("usersPerDomain", options.usersPerDomain ?? 20, 1, 100_000);
  const adminEmails: Record<string, string> = {};
  for (const domain of generated) {
    const people = generatePeople({
      seed: options.seed ?? 1,
      domain,
      count,
      now,
      suspendedShare: options.suspendedShare,
      archivedShare: options.archivedShare,
      noMailboxShare: options.noMailboxShare,
    });
    for (const person of people) directory.add(person);
    adminEmails[domain] = people[0]!.email;
  }
  for (const [at, address] of named.entries()) {
    if (!/^[^@\s]+@[^@\s]+$/.test(address)) {
      throw new TaskerError("INVALID_INPUT", `"${address}" is not an address.`, { hint: "Name users as name@domain." });
    }
    if (directory.find(address) === undefined) directory.add(personOfAddress(address, count + at, now));
  }
  return { directory, adminEmails };
}

/** Starts a local Google Workspace on 127.0.0.1. Throws a TaskerError when an option is wrong or the port is taken. */
export async function startWorkspace(options: WorkspaceOptions = {}): Promise<Workspace> {
  const clock = options.clock ?? systemClock;
  const seed = options.seed ?? 1;
  const now = options.now ?? Math.floor(clock.now() / DAY) * DAY;
  const { directory, adminEmails } = buildDirectory(options, now);
  const messagesPerUser = wholeNumber("messagesPerUser", options.messagesPerUser ?? 50, 0, 1_000_000);
  const mailboxes = new Mailboxes({ seed, now, messagesPerUser, directory });
  const account = await makeServiceAccount(options.serviceAccount);
  const tokens = new TokenDesk({
    account,
    directory,
    clock,
    assertionClock: options.assertionClock ?? clock,
    grantedScopes: options.grantedScopes ?? [...SEARCH_SCOPES, GROUP_SCOPE],
    lifetime: options.tokenLifetime ?? 3600,
  });
  const state: ApiState = { directory, mailboxes, clock, pageTokenEpoch: seed };
  const quota = new QuotaMeter(clock, options.quota);
  const faults = new FaultScript(seed, options.faults);
  const counters = new CounterBook();
  const pipeline = new RequestPipeline({
    state,
    tokens,
    quota,
    quotaRefusal: options.quota?.refusal ?? "alternate",
    faults,
    counters,
    clock,
    latency: options.latency ?? 0,
    seed,
  });
  const mail = await loadMail({
    paths: options.mail ?? [],
    directory,
    mailboxes,
    fallbackUser: options.mailUser === undefined ? undefined : directory.require(options.mailUser),
    now,
  });
  const server = listen(options.port ?? 0, pipeline, account);
  const url = `http://127.0.0.1:${server.addr.port}`;
  tokens.acceptAudience(`${url}/token`);

  const boxOf = (user: string) => mailboxes.of(directory.require(user));
  let stopped: Promise<void> | undefined;
  return {
    url,
    rootUrl: url,
    adminEmails,
    serviceAccount: () => keyFileOf(account, url),
    mail,
    users: () => directory.users().map((user) => ({ ...user })),
    messageIds: (user) => [...boxOf(user).messages()].map(({ id }) => id),
    counters: () => counters.snapshot({ tokensIssued: tokens.issued, peaks: quota.peaks() }),
    resetCounters: () => counters.reset(),
    setFaults: (rules) => faults.setRules(rules),
    grantScopes: (scopes) => tokens.grantScopes(scopes),
    addMessage(user, text) {
      const raw = typeof text === "string" ? new TextEncoder().encode(text) : text;
      return boxOf(user).add({ raw, parsed: parseMessage(raw), receivedAt: clock.now() }).id;
    },
    deleteMessage(user, id) {
      if (boxOf(user).delete(id)) return;
      throw new TaskerError("NOT_FOUND", `${user} has no message ${id}.`, {
        hint: "messageIds() lists a user's messages.",
      });
    },
    relabelMessage: (user, id, labelIds) => boxOf(user).relabel(id, labelIds),
    suspendUser: (user) => void (directory.require(user).suspended = true),
    archiveUser: (user) => void (directory.require(user).archived = true),
    removeMailbox: (user) => void (directory.require(user).isMailboxSetup = false),
    deleteUser: (user) => void (directory.require(user).deleted = true),
    renameUser: (user, address) => directory.rename(directory.require(user), address),
    addUser: (address) => directory.add(personOfAddress(address, directory.users().length, clock.now())),
    restoreUser: (user) =>
      void Object.assign(directory.require(user), { suspended: false, archived: false, isMailboxSetup: true }),
    expireTokens: (user) => tokens.revokeAll(user?.toLowerCase()),
    expirePageTokens: () => void state.pageTokenEpoch++,
    stop() {
      pipeline.stop();
      return stopped ??= server.stop();
    },
  };
}

interface Listener {
  addr: Deno.NetAddr;
  stop(): Promise<void>;
}

function listen(port: number, pipeline: RequestPipeline, account: ServiceAccount): Listener {
  const app = buildApp(pipeline, account);
  const abort = new AbortController();
  try {
    const server = Deno.serve({
      hostname: "127.0.0.1",
      port,
      signal: abort.signal,
      onListen() {},
      // Reached by connections dropped on purpose only: the app answers its own defects.
      onError: () => new Response(null, { status: 500 }),
    }, app.fetch);
    return {
      addr: server.addr,
      async stop() {
        abort.abort();
        await server.finished;
      },
    };
  } catch (cause) {
    throw new TaskerError("UNAVAILABLE", `The local Workspace could not listen on 127.0.0.1:${port}.`, {
      hint: "Choose another port, or 0 for a free one.",
      cause,
    });
  }
}
