import { createHash } from "node:crypto";
import { LEGACY_MANIFEST } from "../../src/core/manifest.ts";
import type { Json } from "../../src/core/json.ts";
import type { Rig } from "../../src/engine/rig.ts";
import type { Outcome, ServiceCall } from "../../src/services/contract.ts";
import type { Database } from "../../src/store/database.ts";

/** Calls one after another that come before everything else. */
export const SEQUENCE = 20;

/** What can be committed, in a task: calls one after another and together, records, lines, a timer, a retry, a refusal, a nested run. */
const MAIN = `module.exports = async ({ name }) => {
  const seen = [];
  for (let i = 1; i <= ${SEQUENCE}; i++) seen.push(await tools.outside.echo(name + "." + i));
  await tools.records.append("row", { name, seen: seen.length });
  console.log("half of", name);
  const together = ["left", "right"].map((side) => tools.outside.echo(name + "." + side));
  seen.push(await Promise.all([...together, tools.timer.sleep(1)]));
  seen.push(await tools.outside.echo(name + ".again"));
  seen.push(await tools.tasks.execute("part", { name: name + ".part" }));
  try {
    await tools.outside.echo(name + ".refused");
  } catch (error) {
    seen.push(error.code, Math.random());
  }
  tools.records.append("row", [{ name, last: true }, { name }]);
  return seen;
};`;

const PART = `module.exports = async ({ name }) => {
  const one = await tools.outside.echo(name + ".1");
  await tools.records.append("row", { name, one });
  console.log("in", name);
  return [one, await tools.outside.echo(name + ".2")];
};`;

/** From now on every new run of this owner has the same dice. */
export function fixDice(rig: Rig): void {
  rig.store.db.exec(
    "CREATE TEMP TRIGGER same_seed AFTER INSERT ON main.task_runs BEGIN UPDATE task_runs SET seed = 'seed' WHERE run = NEW.run; END",
  );
}

export function publishTasks(rig: Rig): void {
  for (const [name, source] of [["main", MAIN], ["part", PART]] as const) {
    const manifest = { ...LEGACY_MANIFEST, services: [...LEGACY_MANIFEST.services, "outside"] };
    const task = { name, source, filename: `${name}.js`, hash: name, manifest };
    rig.store.taskFunctions.publish(task, { embedded: false, now: 0 });
  }
}

/** What the service outside answers, by the call's key. */
export function answer({ args, attempt }: ServiceCall): Outcome {
  const key = String(args[0]);
  const error = { name: "OutsideError", code: "FORBIDDEN", message: `no ${key}` };
  if (key.endsWith(".refused")) return { type: "error", error };
  if (key.endsWith(".again") && attempt === 1) return { type: "error", error, retry: { at: 0 } };
  return { type: "result", value: `answer to ${key}` };
}

/** A fingerprint of every row in the file. */
export function stateOf(db: Database): string {
  const hash = createHash("sha256");
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
  for (const { name } of tables) hash.update(JSON.stringify(db.prepare(`SELECT * FROM "${name}"`).all()));
  return hash.digest("hex");
}

/** All that a file must have in the end, whatever happened between: by run, without times and order of answers. */
export function courseOf(db: Database): Json {
  const all = (columns: string, from: string) =>
    db.prepare(`SELECT coalesce(parent.input, '') || task_runs.input AS name, ${columns} FROM ${from}`).all() as Json[];
  const runs = "JOIN task_runs USING (run) LEFT JOIN task_runs AS parent ON parent.run = task_runs.parent_run";
  return [
    all(
      "task_runs.status, task_runs.result, task_runs.error",
      "task_runs LEFT JOIN task_runs AS parent ON parent.run = task_runs.parent_run ORDER BY name",
    ),
    all(
      // A local call that its run's end has carried out may have been claimed before, or not.
      "seq, service, method, args, stack_runs.status, iif(lane, attempt, NULL) AS attempt, stack_runs.result, stack_runs.error",
      `stack_runs ${runs} ORDER BY name, seq`,
    ),
    all("kind, seq, data", `records ${runs} ORDER BY name, kind, seq`),
    all("level, text", `logs ${runs} ORDER BY name, logs.id`),
  ];
}
