import { TaskerError } from "../../core/errors.ts";
import { fileHealth } from "../../store/file_health.ts";
import { failed, type Finding, noted, ok } from "../../store/finding.ts";
import { stuck } from "../../store/stuck.ts";
import type { Run } from "../command.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { safeLines } from "../output/errors.ts";
import { styled } from "../output/terminal.ts";
import { presentOwner } from "../present_owner.ts";
import { printJson } from "../reading.ts";
import { files } from "./files.ts";
import { keystore } from "./keystore.ts";

export interface DoctorFlags {
  readonly json?: boolean;
  readonly db?: string;
}

export const parse: Run<DoctorFlags> = (context, flags) =>
  run({ database: context.databasePath(flags.db), json: flags.json ?? false }, context);

export async function run(options: { database: string; json: boolean }, context: Context): Promise<ExitCode> {
  const { database, json } = options;
  const findings: Finding[] = [];
  for await (const finding of examine(database, context)) {
    findings.push(finding);
    if (!json) print(finding, context);
  }
  const isWell = findings.every(({ status }) => status !== "fail");
  if (json) printJson(context, { ok: isWell, database, findings });
  return isWell ? EXIT.ok : EXIT.failed;
}

/** Examines a database and what is beside it; changes nothing. Throws NOT_FOUND when there is none. */
async function* examine(database: string, context: Context): AsyncGenerator<Finding> {
  const { exists } = await import("../../store/backup.ts");
  const { lookAt } = await import("../../store/database.ts");
  const { migrations } = await import("../../store/migrations/migrations.ts");
  if (!exists(database)) {
    throw new TaskerError("NOT_FOUND", `there is no database at ${database}`, {
      hint: "run a task first, or name another file with --db",
    });
  }
  yield* files(database);
  let version: number;
  try {
    version = lookAt(database);
  } catch (error) {
    if (!(error instanceof TaskerError)) throw error;
    return yield failed("file", error.message, error.hint ?? "restore it from a backup with `tasker restore`");
  }
  if (version < migrations.length) {
    return yield noted(
      "file version",
      `${version}, of an older tasker; this one's is ${migrations.length}`,
      "the next command that opens the file changes it, and keeps it beside itself as it was; then ask again",
    );
  }
  yield ok("file version", `${version}, that of this tasker`);
  const store = await context.openStore(database, { create: false });
  try {
    yield* fileHealth(store, context.now());
    yield keystore(store, context.env("TASKER_KEYSTORE_KEY"));
    const owner = await presentOwner(context, database, store.owner.read());
    if (owner === null) yield ok("owner", "no process owns the database at the moment");
    else if (owner.answers) yield ok("owner", `process ${owner.pid} at ${owner.url} answers`);
    else {
      yield failed(
        "owner",
        `process ${owner.pid} owns the database and does not answer: it is frozen, or busy beyond measure`,
        `\`kill -CONT ${owner.pid}\` lets a frozen one go on; or end it: the next tasker process takes over and loses nothing`,
      );
    }
    // Of an owner that does not answer this has just been said.
    yield* stuck(store, { now: context.now(), isOwned: owner !== null });
  } finally {
    store.close();
  }
}

const WORDS = { ok: ["OK  ", "green"], note: ["NOTE", "yellow"], fail: ["FAIL", "red"] } as const;

function print({ check, status, message, hint }: Finding, { terminal }: Context): void {
  const [word, color] = WORDS[status];
  terminal.out(`${styled(terminal.color.out, color, word)}  ${safeLines(`${check}: ${message}`)}\n`);
  if (hint === undefined) return;
  terminal.out(`      ${styled(terminal.color.out, "dim", "hint:")} ${safeLines(hint)}\n`);
}
