import { DENO_RUN, root, TASKER } from "../contenders.ts";
import { Contender } from "../contender.ts";
import { measure, type Measured } from "../measure.ts";

/** A local Workspace in a process of its own, and the key file that opens it. */
export class Place implements AsyncDisposable {
  private constructor(
    private readonly process: Contender,
    readonly url: string,
    readonly admin: string,
    readonly keyFile: string,
  ) {}

  static async open(folder: string, ...args: string[]): Promise<Place> {
    const process = new Contender(Deno.execPath(), [...DENO_RUN, `${root}tests/bench/search/workspace.ts`, ...args]);
    const { url, key, admin } = await process.next<{ url: string; key: unknown; admin: string }>();
    const keyFile = `${folder}/key.json`;
    Deno.writeTextFileSync(keyFile, JSON.stringify(key), { mode: 0o600 });
    return new Place(process, url, admin, keyFile);
  }

  /** What it has seen so far: requests refused, and the most units of one user in any 60 s. */
  async counted(): Promise<{ refused: number; mostUnitsOfUser: number }> {
    return await this.process.ask("counters");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
  }
}

const tasker = (args: readonly string[], env: Record<string, string> = {}) =>
  measure(Deno.execPath(), [...TASKER, ...args], env);

/** `tasker run gmail-search` of all domains on a new database, from spawn to exit. */
export async function durableSearch(
  db: string,
  { url, keyFile, admin }: Place,
  { users, results, profile, env = {} }: {
    users: string;
    results: string;
    profile: string;
    env?: Record<string, string>;
  },
): Promise<Measured> {
  const set = (name: string, file: string) => tasker(["keystore", "set", name, "--file", file, "--db", db]);
  for (const [name, text] of [["GAPI_ADMIN_EMAIL", admin], ["GAPI_ROOT_URL", url]] as const) {
    Deno.writeTextFileSync(`${db}.value`, text);
    await set(name, `${db}.value`);
  }
  await set("GAPI_KEY", keyFile);
  const size = ["--max-users-per-domain", users, "--max-results-per-user", results];
  return await tasker(["run", "gmail-search", ...size, "--quota-profile", profile, "--json", "--db", db], env);
}
