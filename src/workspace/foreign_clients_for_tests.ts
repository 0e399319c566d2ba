import { admin } from "@googleapis/admin";
import { gmail } from "@googleapis/gmail";
import { JWT } from "google-auth-library";
import type { VirtualClock } from "../core/clock.ts";
import { SEARCH_SCOPES } from "./methods.ts";
import { generatePrivateKey } from "./service_account.ts";
import { startWorkspace } from "./workspace.ts";
import type { Workspace, WorkspaceOptions } from "./workspace.ts";

/** Google's own client libraries, unpatched, pointed at a local Workspace: what its tests ask it with. */

const privateKey = await generatePrivateKey();

/** Starts a Workspace (with one key for all tests, as making one is slow), and stops it after the test. */
export async function withWorkspace(
  options: WorkspaceOptions,
  test: (workspace: Workspace) => Promise<void>,
): Promise<void> {
  const workspace = await startWorkspace({ serviceAccount: { privateKey }, ...options });
  try {
    await test(workspace);
  } finally {
    await workspace.stop();
  }
}

/** The first users who can be read: active, with a mailbox, no administrators. */
export function readableUsers(workspace: Workspace): string[] {
  return workspace.users().filter((user) => !user.suspended && !user.archived && user.isMailboxSetup && !user.isAdmin)
    .map(({ email }) => email);
}

/** A service-account client in a user's name. The library fixes the token URL, so an interceptor redirects the request. */
export function jwtFor(workspace: Workspace, subject: string, scopes: readonly string[] = SEARCH_SCOPES): JWT {
  const key = workspace.serviceAccount();
  const auth = new JWT({ email: key.client_email, key: key.private_key, scopes: [...scopes], subject });
  Object.assign(auth.transporter.defaults, { fetchImplementation: fetch, retry: false });
  auth.transporter.interceptors.request.add({
    resolved(config) {
      if (config.url.href === "https://oauth2.googleapis.com/token") config.url = new URL(key.token_uri);
      return Promise.resolve(config);
    },
  });
  return auth;
}

const QUIET = { retry: false, fetchImplementation: fetch } as const;

export function gmailFor(workspace: Workspace, user: string, scopes?: readonly string[]) {
  return gmail({ version: "v1", auth: jwtFor(workspace, user, scopes), rootUrl: workspace.rootUrl, ...QUIET });
}

export function directoryFor(workspace: Workspace, administrator: string, scopes?: readonly string[]) {
  const auth = jwtFor(workspace, administrator, scopes);
  return admin({ version: "directory_v1", auth, rootUrl: workspace.rootUrl, ...QUIET });
}

/** What Google's client throws, as far as tests look at it. */
export interface GoogleFailure {
  status: number | undefined;
  message: string;
  reason: string | undefined;
  body: unknown;
  headers: Headers | undefined;
}

/** The failure of a request that must fail. */
export async function failureOf(request: Promise<unknown>): Promise<GoogleFailure> {
  let answer: unknown;
  try {
    answer = await request;
  } catch (error) {
    const failure = error as {
      status?: number;
      message: string;
      response?: { data?: unknown; status?: number; headers?: Headers };
    };
    const body = failure.response?.data as { error?: { errors?: { reason?: string }[] } } | undefined;
    return {
      status: failure.response?.status ?? failure.status,
      message: failure.message,
      reason: body?.error?.errors?.[0]?.reason,
      body,
      headers: failure.response?.headers,
    };
  }
  throw new Error(`expected a refusal, got ${JSON.stringify(answer).slice(0, 200)}`);
}

/** Lets the event loop turn until something waits on a clock that stands still. */
export async function untilSomeoneWaits(clock: VirtualClock): Promise<void> {
  while (clock.nextWake() === undefined) await new Promise((resolve) => setTimeout(resolve));
}
