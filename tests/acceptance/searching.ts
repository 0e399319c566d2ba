import { findTask } from "../../src/cli/tasks.ts";
import { Keystore } from "../../src/services/keystore/keystore.ts";
import { openStore } from "../../src/store/store.ts";
import { generatePrivateKey } from "../../src/workspace/service_account.ts";
import { gmailFor } from "../../src/workspace/foreign_clients_for_tests.ts";
import {
  type FaultRule,
  startWorkspace,
  type Workspace,
  type WorkspaceOptions,
} from "../../src/workspace/workspace.ts";
import { looking } from "./journal.ts";
import { type Finished, Place } from "./tasker.ts";

/** Searches of a local Workspace by tasker as its users run it. */

const privateKey = await generatePrivateKey();

/** One row of `tasker records RUN --kind message`. */
export interface MessageRecord {
  readonly mailbox: string;
  readonly domain: string;
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly [name: string]: unknown;
}

/** One row of `tasker records RUN --kind coverage`. */
export interface CoverageRecord {
  readonly email: string | null;
  readonly domain: string;
  readonly status: "complete" | "truncated" | "skipped" | "failed";
  readonly reason: string | null;
  readonly message?: string;
  readonly messages: number;
  readonly matched?: number;
}

/** The section 7. */
export interface SearchResult {
  readonly summary: {
    readonly totalDomains: number;
    readonly totalUsers: number;
    readonly totalMessagesFound: number;
    readonly searchQuery: string;
  };
  readonly domainResults: readonly {
    readonly domain: string;
    readonly users: readonly {
      readonly email: string;
      readonly name: string;
      readonly messageCount: number;
      readonly status: string;
      readonly messages?: readonly MessageRecord[];
    }[];
    readonly totalMessages: number;
    readonly userCount: number;
  }[];
  readonly sampleMessages: readonly MessageRecord[];
  readonly executionInfo: {
    readonly completedAt: string;
    readonly totalApiCalls: number;
    readonly description: string;
  };
  readonly coverage: {
    readonly selected: number;
    readonly complete: number;
    readonly truncated: number;
    readonly skipped: number;
    readonly failed: number;
    readonly users: readonly CoverageRecord[];
    readonly tenants?: readonly { readonly tenant: string; readonly complete: number; readonly failed: number }[];
  };
}

/** A Workspace, and a database whose keystore leads to it. */
export class Searching implements AsyncDisposable {
  private constructor(
    readonly place: Place,
    public workspace: Workspace,
    private readonly options: WorkspaceOptions,
  ) {}

  static async open(options: WorkspaceOptions = {}): Promise<Searching> {
    const all: WorkspaceOptions = { serviceAccount: { privateKey }, quota: { profile: "none" }, ...options };
    const searching = new Searching(new Place(), await startWorkspace(all), all);
    await searching.#publish();
    searching.#fillKeystore();
    return searching;
  }

  /** What the first search in a file does, which builds the task; here it is built once for many files. */
  async #publish(): Promise<void> {
    const store = openStore(this.place.db);
    try {
      await findTask({ name: "gmail-search", store, now: Date.now() });
    } finally {
      store.close();
    }
  }

  /** Another Workspace, whose credentials are in a namespace of the same keystore. */
  async tenant(namespace: string, options: WorkspaceOptions): Promise<Workspace & AsyncDisposable> {
    const workspace = await startWorkspace({ serviceAccount: { privateKey }, quota: { profile: "none" }, ...options });
    this.#fillKeystore(namespace, workspace);
    return Object.assign(workspace, { [Symbol.asyncDispose]: () => workspace.stop() });
  }

  /** Another namespace of the keystore with the credentials of the same Workspace. */
  addNamespace(namespace: string): void {
    this.#fillKeystore(namespace);
  }

  /** Starts the Workspace again that was stopped, where it was. */
  async comeBack(options: WorkspaceOptions = {}): Promise<void> {
    const port = Number(new URL(this.workspace.url).port);
    this.workspace = await startWorkspace({ ...this.options, ...options, port });
  }

  /** What the commands do that `tasker sandbox` names; a test of the sandbox runs those. */
  #fillKeystore(namespace = "default", workspace = this.workspace): void {
    const { place } = this;
    const store = openStore(place.db);
    try {
      const keystore = new Keystore({ store });
      keystore.set(namespace, "GAPI_KEY", JSON.stringify(workspace.serviceAccount()));
      keystore.set(namespace, "GAPI_ADMIN_EMAIL", JSON.stringify(workspace.adminEmails));
      keystore.set(namespace, "GAPI_ROOT_URL", workspace.rootUrl);
    } finally {
      store.close();
    }
  }

  search(
    flags: readonly string[],
    options?: Parameters<Place["run"]>[1],
  ): Promise<Finished> {
    return this.place.run(["run", "gmail-search", ...flags], options);
  }

  /** A search that must end with this exit code, and its result. */
  async result(
    flags: readonly string[],
    code = 0,
  ): Promise<{ result: SearchResult; stderr: string }> {
    const done = await this.search([...flags, "--format", "json"]);
    if (done.code !== code) {
      throw new Error(
        `exit code ${done.code} instead of ${code}: ${done.stderr}`,
      );
    }
    return {
      result: JSON.parse(done.stdout) as SearchResult,
      stderr: done.stderr,
    };
  }

  /** The rows of the newest run, as they stand in the file. */
  records<T>(kind: "message" | "coverage" | "message_gone" | "count"): T[] {
    const sql =
      `SELECT data FROM records WHERE kind = ? AND run = (SELECT max(run) FROM task_runs WHERE parent_run IS NULL)
                 ORDER BY seq`;
    return looking(this.place.db, (db) => db.prepare(sql).all(kind).map(({ data }) => JSON.parse(data as string) as T));
  }

  /** The same as `tasker records` prints them, with the bodies that are kept beside. */
  async printedRecords<T>(kind: "message" | "coverage"): Promise<T[]> {
    const { code, stdout, stderr } = await this.place.run(["records", "last", "--kind", kind, "--format", "ndjson"]);
    if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`);
    return stdout.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as T);
  }

  /** Ids that Google's own client gets for a question, newest first. */
  async truth(
    user: string,
    q: string,
    includeSpamTrash = false,
  ): Promise<string[]> {
    const client = gmailFor(this.workspace, user);
    const ids: string[] = [];
    let pageToken: string | undefined;
    do {
      const { data } = await client.users.messages.list({
        userId: user,
        q,
        maxResults: 500,
        includeSpamTrash,
        ...(pageToken === undefined ? {} : { pageToken }),
      });
      ids.push(...(data.messages ?? []).map(({ id }) => id!));
      pageToken = data.nextPageToken ?? undefined;
    } while (pageToken !== undefined);
    return ids;
  }

  /** Active users with a mailbox, in order of address. */
  readable(domain?: string): string[] {
    return this.workspace.users()
      .filter((user) => !user.suspended && !user.archived && user.isMailboxSetup)
      .filter((user) => domain === undefined || user.domain === domain)
      .map(({ email }) => email);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.workspace.stop();
    this.place[Symbol.dispose]();
  }
}

/** `mailbox id` of rows, in a fixed order, to compare sets. */
export function keysOf(rows: readonly MessageRecord[]): string[] {
  return rows.map(({ mailbox, id }) => `${mailbox} ${id}`).sort();
}

/** Has a mailbox refused whenever it is listed. */
export function refusing(user: string): FaultRule {
  const body = { error: { code: 403, message: "no", errors: [{ reason: "forbidden", message: "no" }] } };
  return { kind: "gmail.users.messages.list", user, fault: { type: "answer", status: 403, body } };
}
