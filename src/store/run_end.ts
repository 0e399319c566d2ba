import { isJsonObject, type JsonObject } from "../core/json.ts";
import { Sha256, sha256 } from "./sha256.ts";
import type { Store } from "./store.ts";
import { storedJson } from "./stored_json.ts";
import type { TaskRun } from "./task_runs.ts";

/** Domains that are named; of more it is said how many there are. */
const DOMAINS = 50;
const ERROR_LENGTH = 500;

/**
 * How a run has ended, as the audit log keeps it: computed again from its rows it gives the same, unless they were changed
 * since. Of a coverage (rows of that kind, as searches keep them) also whose mail was read: how many of each status, in which
 * domains, and the sha-256 of the rows' lines.
 */
export function endOfRun(store: Store, run: TaskRun): JsonObject {
  const kinds = store.records.kinds(run.run);
  return {
    status: run.status,
    error: run.error === null ? null : errorWords(run.error),
    result: run.result === null ? null : sha256(run.result),
    records: Object.fromEntries(kinds),
    ...(kinds.has("coverage") ? { coverage: coverageOf(store, run.run) } : {}),
  };
}

function errorWords(json: string): JsonObject {
  const error = storedJson(json);
  const { code = null, message = "" } = isJsonObject(error) ? error : {};
  return { code, message: String(message).slice(0, ERROR_LENGTH) };
}

function coverageOf(store: Store, run: number): JsonObject {
  const lines = new Sha256();
  const statuses = new Map<string, number>();
  const domains = new Set<string>();
  for (const { text } of store.records.texts({ run, kind: "coverage" })) {
    lines.update(`${text}\n`);
    const row = storedJson(text);
    if (!isJsonObject(row)) continue;
    const status = String(row.status);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (typeof row.domain === "string") domains.add(row.domain);
  }
  const named = [...domains].sort();
  return {
    ...Object.fromEntries(statuses),
    domains: named.length > DOMAINS ? named.length : named,
    sha256: lines.digest(),
  };
}
