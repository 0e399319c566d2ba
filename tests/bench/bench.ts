/**
 * What tasker costs, measured in one run: `deno task bench`. Timings of shared machines are noisy, so everything that can
 * be is a ratio to something measured beside it, and every figure is the median of several runs.
 */
import { TextLineStream } from "./text_lines.ts";
import { measure, type Measured, median } from "./process.ts";

const root = new URL("../../", import.meta.url).pathname;
const config = ["--quiet", "--config", `${root}tests/deno.json`];
const ROUNDS = 3;

function row(name: string, value: string, bar = ""): void {
  console.log(`${name.padEnd(52)} ${value.padStart(22)}  ${bar}`);
}

interface Workload {
  readonly perSecond: number;
  readonly peakMiB: number;
}

async function workload(name: string, count: number): Promise<Workload> {
  const runs: Workload[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { stdout } = await measure(Deno.execPath(), [
      "run",
      "-A",
      ...config,
      `${root}tests/bench/engine_workload.ts`,
      name,
      String(count),
    ]);
    runs.push(JSON.parse(stdout) as Workload);
  }
  return {
    perSecond: median(runs.map((run) => run.perSecond)),
    peakMiB: Math.max(...runs.map((run) => run.peakMiB)),
  };
}

const rate = (value: number, unit: string) => `${Math.round(value).toLocaleString("en-US")} ${unit}/s`;
const mib = (value: number) => `peak ${Math.round(value)} MiB`;

console.log(
  `Deno ${Deno.version.deno}, ${navigator.hardwareConcurrency} cores; synchronous=FULL; median of ${ROUNDS}\n`,
);

const sequential = new Map<number, Workload>();
for (const calls of [100, 1_000, 10_000]) {
  const result = await workload("sequential", calls);
  sequential.set(calls, result);
  row(
    `${calls.toLocaleString("en-US")} sequential calls in one run`,
    rate(result.perSecond, "calls"),
    mib(result.peakMiB),
  );
}
const flat = sequential.get(10_000)!.perSecond /
  sequential.get(1_000)!.perSecond;
row("calls/s at 10,000 over calls/s at 1,000", flat.toFixed(2), "bar: ≥ 0.80");
row(
  "sequential calls/s at 1,000",
  rate(sequential.get(1_000)!.perSecond, "calls"),
  "bar: ≥ 900",
);
const parallel = await workload("parallel", 1_000);
row(
  "1,000 parallel calls in one run",
  rate(parallel.perSecond, "calls"),
  mib(parallel.peakMiB),
);
const runs = await workload("runs", 500);
row(
  "500 runs of 5 calls, submitted at once",
  rate(runs.perSecond, "runs"),
  mib(runs.peakMiB),
);
const replay = await workload("replay", 10_000);
row(
  "replay of a 10,000-call journal",
  rate(replay.perSecond, "calls"),
  mib(replay.peakMiB),
);

await search();
await startUp();

/** 98 users a domain × 300 results against a Workspace without quotas, beside a plain script that keeps nothing. */
async function search(): Promise<void> {
  const workspace = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", ...config, `${root}tests/bench/workspace.ts`],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const folder = Deno.makeTempDirSync({ prefix: "tasker-bench-" });
  try {
    const { value: line } = await workspace.stdout.pipeThrough(
      new TextLineStream(),
    ).getReader().read();
    const { url, key, admin } = JSON.parse(line!) as {
      url: string;
      key: unknown;
      admin: string;
    };
    const keyFile = `${folder}/key.json`;
    Deno.writeTextFileSync(keyFile, JSON.stringify(key), { mode: 0o600 });
    const plain: Measured[] = [];
    const durable: Measured[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      plain.push(
        await measure(Deno.execPath(), [
          "run",
          "-A",
          ...config,
          `${root}tests/bench/plain_search.ts`,
          url,
          keyFile,
          admin,
        ]),
      );
      durable.push(
        await durableSearch({
          db: `${folder}/${round}.db`,
          url,
          keyFile,
          admin,
        }),
      );
    }
    const [plainSeconds, durableSeconds] = [plain, durable].map((all) => median(all.map(({ seconds }) => seconds)));
    row(
      "98 × 300 × 2 domains, plain script",
      `${plainSeconds!.toFixed(1)} s`,
      mib(Math.max(...plain.map((run) => run.peakMiB))),
    );
    row(
      "98 × 300 × 2 domains, tasker",
      `${durableSeconds!.toFixed(1)} s`,
      mib(Math.max(...durable.map((run) => run.peakMiB))),
    );
    row(
      "tasker over plain script",
      `${(durableSeconds! / plainSeconds!).toFixed(2)} ×`,
    );
  } finally {
    await workspace.stdin.close();
    await workspace.status;
    Deno.removeSync(folder, { recursive: true });
  }
}

async function durableSearch(
  place: { db: string; url: string; keyFile: string; admin: string },
): Promise<Measured> {
  const tasker = [
    "run",
    "-A",
    "--quiet",
    "--config",
    `${root}deno.json`,
    `${root}main.ts`,
  ];
  const values = `${place.db}.values`;
  for (
    const [name, text] of [["GAPI_ADMIN_EMAIL", place.admin], [
      "GAPI_ROOT_URL",
      place.url,
    ]] as const
  ) {
    Deno.writeTextFileSync(values, text);
    await measure(Deno.execPath(), [
      ...tasker,
      "keystore",
      "set",
      name,
      "--file",
      values,
      "--db",
      place.db,
    ]);
  }
  await measure(Deno.execPath(), [
    ...tasker,
    "keystore",
    "set",
    "GAPI_KEY",
    "--file",
    place.keyFile,
    "--db",
    place.db,
  ]);
  const flags = [
    "--max-users-per-domain",
    "98",
    "--max-results-per-user",
    "300",
    "--quota-profile",
    "none",
    "--json",
  ];
  return await measure(Deno.execPath(), [
    ...tasker,
    "run",
    "gmail-search",
    ...flags,
    "--db",
    place.db,
  ]);
}

async function startUp(): Promise<void> {
  const programs: [string, string, string[]][] = [
    ["tasker --help, from the checkout", Deno.execPath(), [
      "run",
      "-A",
      "--quiet",
      "--config",
      `${root}deno.json`,
      `${root}main.ts`,
    ]],
  ];
  const binary = `${root}dist/tasker`;
  const size = sizeOf(binary);
  if (size !== undefined) {
    programs.push(["tasker --help, compiled", binary, []]);
  }
  for (const [name, command, args] of programs) {
    const times: number[] = [];
    for (let round = 0; round < 10; round++) {
      times.push((await measure(command, [...args, "--help"])).seconds);
    }
    row(name, `${Math.round(median(times) * 1000)} ms`, "bar: < 150 ms");
  }
  if (size === undefined) {
    row("size of the binary", "not compiled", "deno task compile");
  } else {row(
      "size of the binary",
      `${(size / 1e6).toFixed(0)} MB`,
      "bar: < 130 MB",
    );}
}

function sizeOf(path: string): number | undefined {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
