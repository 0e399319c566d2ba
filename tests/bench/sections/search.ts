import { DENO_RUN, root, TASKER } from "../contenders.ts";
import { Contender } from "../contender.ts";
import type { Section } from "../figure.ts";
import { measure, type Measured } from "../measure.ts";
import { rounds } from "../rounds.ts";
import { median, ratio } from "../statistics.ts";
import { inFolder } from "../workload.ts";

interface Place {
  readonly url: string;
  readonly keyFile: string;
  readonly admin: string;
}

const tasker = (args: string[]) => measure(Deno.execPath(), [...TASKER, ...args]);

async function durableSearch(db: string, { url, keyFile, admin }: Place, size: readonly string[]): Promise<Measured> {
  const set = (name: string, file: string) => tasker(["keystore", "set", name, "--file", file, "--db", db]);
  for (const [name, text] of [["GAPI_ADMIN_EMAIL", admin], ["GAPI_ROOT_URL", url]] as const) {
    Deno.writeTextFileSync(`${db}.value`, text);
    await set(name, `${db}.value`);
  }
  await set("GAPI_KEY", keyFile);
  const [users, results] = size as [string, string];
  const flags = [
    "--max-users-per-domain",
    users,
    "--max-results-per-user",
    results,
    "--quota-profile",
    "none",
    "--json",
  ];
  return await tasker(["run", "gmail-search", ...flags, "--db", db]);
}

export const search: Section = {
  name: "search",
  about:
    `98 users × 300 messages × 2 domains against a local Workspace without quotas or latency, from spawn to exit: tasker run
    gmail-search beside a plain script (Google's client and promises, nothing kept).`,
  async *run({ quick, progress }) {
    progress("the search, and the plain script");
    const size = quick ? ["20", "100"] as const : ["98", "300"] as const;
    const held = await inFolder(async (folder) => {
      await using workspace = new Contender(Deno.execPath(), [...DENO_RUN, `${root}tests/bench/search/workspace.ts`]);
      const { url, key, admin } = await workspace.next<{ url: string; key: unknown; admin: string }>();
      const keyFile = `${folder}/key.json`;
      Deno.writeTextFileSync(keyFile, JSON.stringify(key), { mode: 0o600 });
      const script = [...DENO_RUN, `${root}tests/bench/search/plain_search.ts`, url, keyFile, admin, ...size];
      let round = 0;
      return await rounds(3, {
        plain: () => measure(Deno.execPath(), script),
        tasker: () => durableSearch(`${folder}/${round++}.db`, { url, keyFile, admin }, size),
      });
    });
    const what = `${size.join(" × ")} × 2 domains`;
    const [plain, durable] = [held.plain, held.tasker].map((all) => all.map(({ seconds }) => seconds)) as [
      number[],
      number[],
    ];
    const peak = (all: Measured[]) => `peak ${Math.round(Math.max(...all.map(({ peakMiB }) => peakMiB)))} MiB`;
    yield { name: `${what}, plain script`, value: median(plain), unit: "s", note: peak(held.plain) };
    yield { name: `${what}, tasker`, value: median(durable), unit: "s", note: peak(held.tasker) };
    yield { name: "tasker over plain script", value: ratio(durable, plain), unit: "×" };
  },
};
