/**
 * A working day of a task that works once a minute: lists a mailbox of a local Workspace over HTTP and keeps a row. Prints what a
 * test asserts. Run it with --v8-flags=--expose-gc: it measures what the day leaves in memory.
 */
import { systemClock } from "../../src/core/clock.ts";
import { createGapiService } from "../../src/services/gapi/service.ts";
import { startWorkspace } from "../../src/workspace/workspace.ts";
import { Days, HOUR, MINUTE } from "./days.ts";

/** What a day of work comes to. */
export interface DayReport {
  readonly status: string;
  /** When the minutes' rows were made, ms since the run began. */
  readonly minutes: readonly number[];
  readonly statuses: Readonly<Record<string, number>>;
  readonly tokens: number;
  readonly longestNap: number;
  readonly mostTimers: number;
  /** When a schedule of every hour fired, ms since the run began; each of its runs has completed. */
  readonly hours: readonly number[];
  /** Timers that are left when the run has ended, and the realms. */
  readonly left: { readonly timers: number; readonly realms: number };
  /** MB of live objects, after an hour and at the end of the day. */
  readonly heap: { readonly early: number; readonly late: number };
  /** MB of the write-ahead log at the end. */
  readonly wal: number;
}

const TASK = `module.exports = async ({ user, minutes }) => {
  const begun = Date.now();
  for (let minute = 1; minute <= minutes; minute++) {
    await tools.timer.sleep(begun + minute * 60_000 - Date.now());
    const { messages } = await tools.gapi.gmail.users.messages.list({ userId: user, maxResults: 5 });
    await tools.records.append("minute", { at: Date.now() - begun, messages: messages.length });
  }
};`;
const HOURLY = "module.exports = async () => { await tools.records.append('hour', { at: Date.now() }); };";
const MINUTES = 24 * 60;

function heap(): number {
  (globalThis as unknown as { gc(): void }).gc();
  return Deno.memoryUsage().heapUsed / 1e6;
}

async function work(): Promise<DayReport> {
  const clock = { now: () => days.clock.now(), after: () => () => {} };
  const workspace = await startWorkspace({ domains: 1, usersPerDomain: 2, clock, now: 0, assertionClock: systemClock });
  const [user] = Object.values(workspace.adminEmails);
  const entries: Record<string, string> = {
    GAPI_KEY: JSON.stringify(workspace.serviceAccount()),
    GAPI_ADMIN_EMAIL: JSON.stringify(workspace.adminEmails),
    GAPI_ROOT_URL: workspace.rootUrl,
  };
  const days: Days = new Days({
    outside: (clock) => [createGapiService({ clock, secret: (_namespace, name) => entries[name], random: () => 0.5 })],
  });
  days.publish("watch", TASK);
  days.publish("hourly", HOURLY);
  await days.schedule("hourly", "30 * * * *");
  const begun = days.clock.now();
  const id = await days.submit("watch", { user: user!, minutes: MINUTES });
  await days.pass(HOUR);
  const early = heap();
  await days.pass(23 * HOUR - 2 * MINUTE);
  const late = heap();
  await days.until(() => days.hasEnded(id));
  await days.owner.engine.schedules.remove("hourly");
  await days.pass(2 * MINUTE);
  const hourly = days.store.taskRuns.newest({ limit: 100 }).filter(({ taskName }) => taskName === "hourly").reverse();
  const { run, status } = days.row(id);
  const { statuses, tokensIssued } = workspace.counters();
  const report: DayReport = {
    status,
    minutes: [...days.store.records.each({ run })].map(({ data }) => (data as { at: number }).at),
    hours: hourly.flatMap(({ run }) => [...days.store.records.each({ run })])
      .map(({ data }) => (data as { at: number }).at - begun),
    statuses,
    tokens: tokensIssued,
    longestNap: days.longestNap,
    mostTimers: days.mostTimers,
    left: { timers: days.clock.timers, realms: days.owner.host.stats().realms },
    heap: { early, late },
    wal: Deno.statSync(`${days.store.db.path}-wal`).size / 1e6,
  };
  days[Symbol.dispose]();
  await workspace.stop();
  return report;
}

if (import.meta.main) {
  console.log(JSON.stringify(await work()));
  Deno.exit();
}
