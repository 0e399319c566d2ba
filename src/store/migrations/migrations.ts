import type { DatabaseSync } from "node:sqlite";
import { initial } from "./001_initial.ts";
import { earlyDeaths } from "./002_early_deaths.ts";
import { causedBy } from "./003_caused_by.ts";
import { cheapConstraints } from "./004_cheap_constraints.ts";
import { audit } from "./005_audit.ts";
import { schedules } from "./006_schedules.ts";
import { idempotencyKey } from "./007_idempotency_key.ts";
import { signals } from "./008_signals.ts";
import { callOptions } from "./009_call_options.ts";
import { cancellation } from "./010_cancellation.ts";
import { deadline } from "./011_deadline.ts";
import { policy } from "./012_policy.ts";
import { runLimits } from "./013_run_limits.ts";
import { forks } from "./014_forks.ts";
import { builtFrom } from "./015_built_from.ts";
import { runLinks } from "./016_run_links.ts";
import { retries } from "./017_retries.ts";
import { budgets } from "./018_budgets.ts";
import { ledger } from "./019_ledger.ts";
import { schema } from "./schema.ts";

/** SQL, or what finds out by itself which SQL the file needs. */
export type Migration = string | ((db: DatabaseSync) => void);

/**
 * Append-only: the file's `user_version` says how many of these it has had. A new one is a numbered file, the last of this
 * list, and changes `schema.ts` in the same way: a test says where the two differ.
 */
export const migrations: readonly Migration[] = [
  initial,
  earlyDeaths,
  causedBy,
  cheapConstraints,
  audit,
  schedules,
  idempotencyKey,
  signals,
  callOptions,
  cancellation,
  deadline,
  policy,
  runLimits,
  forks,
  builtFrom,
  runLinks,
  retries,
  budgets,
  ledger,
];

export function apply(db: DatabaseSync, migration: Migration): void {
  if (typeof migration === "string") db.exec(migration);
  else migration(db);
}

/** Gives an empty file the tables of today's version, at once, or step by step those of an earlier one. */
export function makeTables(db: DatabaseSync, version = migrations.length): void {
  if (version === migrations.length) db.exec(schema);
  else for (const migration of migrations.slice(0, version)) apply(db, migration);
}
