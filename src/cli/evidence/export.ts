import { resolve } from "node:path";
import { type ErrorCode, type SerializedError, TaskerError } from "../../core/errors.ts";
import { isJsonObject, type Json } from "../../core/json.ts";
import { isRunEnded } from "../../core/states.ts";
import type { Marker } from "../../services/evidence/layout.ts";
import type { Store } from "../../store/store.ts";
import { storedJson } from "../../store/stored_json.ts";
import { attend, stayForOthers } from "../attend.ts";
import type { Run } from "../command.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { DEFAULT_PATIENCE, type FollowFlags, type OwnerFlags } from "../flags.ts";
import { Interrupts } from "../interrupts.ts";
import { note, warn } from "../output/errors.ts";
import { formatBytes, plural } from "../output/numbers.ts";
import { printJson, reading } from "../reading.ts";
import { publishOnce, submit } from "../run.ts";
import { findRun, shortId } from "../run_lookup.ts";
import { Session } from "../session.ts";
import { conclude } from "../submit_and_follow.ts";
import { findTask } from "../tasks.ts";
import type { EvidenceManifest } from "./manifest.ts";
import { markAnother, prepareFolder } from "./prepare.ts";
import { enterSeal, seal } from "./seal.ts";

const TASK = "gmail-export";

export type ExportFlags = OwnerFlags & FollowFlags & {
  readonly to: string;
  readonly eml?: boolean;
  readonly mbox?: boolean;
  readonly attachments?: boolean;
  readonly reason?: string;
  readonly json?: boolean;
  readonly db?: string;
};

export interface ExportOptions {
  readonly database: string;
  readonly run: string;
  readonly folder: string;
  readonly as: "eml" | "mbox";
  readonly attachments: boolean;
  readonly reason: string | undefined;
  readonly json: boolean;
  readonly owner: OwnerFlags;
  /** ms */
  readonly patience: number;
  readonly quiet: boolean;
}

/** `tasker export`, from its flags. */
export const parse: Run<ExportFlags> = (context, flags, [run]) => {
  if (flags.eml && flags.mbox) {
    throw new TaskerError("USAGE", "--eml and --mbox say different things", { hint: "give one of them" });
  }
  return exportRun({
    database: context.databasePath(flags.db),
    run: run!,
    folder: resolve(flags.to),
    as: flags.mbox ? "mbox" : "eml",
    attachments: flags.attachments ?? false,
    reason: flags.reason,
    json: flags.json ?? false,
    owner: flags,
    patience: flags.patience ?? DEFAULT_PATIENCE,
    quiet: flags.quiet ?? false,
  }, context);
};

/** Saves the messages, which a durable run does, and seals the folder. */
export async function exportRun(options: ExportOptions, context: Context): Promise<ExitCode> {
  const { database, folder, as, attachments } = options;
  const source = await reading(context, database, (store) => sourceOf(store, options.run));
  const prepared = await prepareFolder(folder, { source: source.id, as, attachments });
  if (prepared.type === "sealed") {
    const { manifest } = prepared;
    await reading(context, database, (store) => enterSeal(store, { folder, manifest, now: context.now() }));
    if (!options.quiet) note(context.terminal, `${folder} is complete already: sealed ${manifest.sealedAt}`);
    return tell(options, manifest, context);
  }
  const known = await reading(context, database, (store) => store.taskRuns.byId(prepared.marker.runs.at(-1)!)?.status);
  const isOver = known === "failed" || known === "cancelled";
  const marker = isOver ? await markAnother(folder, prepared.marker) : prepared.marker;
  if (known === "completed") return await finish(options, marker, context);
  return await saveMessages(
    options,
    { marker, tenants: source.tenants, isNew: known === undefined || isOver },
    context,
  );
}

/**
 * The run whose messages are exported; of an export it is the one that it exports, so that `last` may be said again. Throws CONFLICT when it is still
 * at work, NOT_FOUND when it has kept none.
 */
function sourceOf(store: Store, text: string): { id: string; tenants: Json | undefined } {
  const named = findRun(store, text);
  const asked = named.taskName === TASK ? storedJson(named.input) : undefined;
  const run = isJsonObject(asked) ? findRun(store, String(asked.run)) : named;
  const short = shortId(run.id);
  if (run.endedAt === null) {
    throw new TaskerError("CONFLICT", `run ${short} has not ended: its messages are not all known`, {
      hint: `\`tasker resume ${short}\` lets it end`,
    });
  }
  const kinds = store.records.kinds(run.run);
  const first = store.records.page({ run: run.run, kind: "message", after: 0, limit: 1 })[0]?.data;
  const isMail = isJsonObject(first) && typeof first.mailbox === "string" && typeof first.id === "string";
  if (!isMail && !kinds.has("message_gone")) {
    throw new TaskerError("NOT_FOUND", `run ${short} (${run.taskName}) has kept no messages`, {
      hint: "name a search that found some; one with --plan or --count fetches none",
    });
  }
  const input = storedJson(run.input);
  return { id: run.id, tenants: isJsonObject(input) ? input.tenants : undefined };
}

/** Submits the durable run, or goes on with the one that was interrupted, and seals the folder at its end. */
async function saveMessages(
  options: ExportOptions,
  params: { marker: Marker; tenants: Json | undefined; isNew: boolean },
  context: Context,
): Promise<ExitCode> {
  const { database, folder, quiet, patience, reason } = options;
  const { source, runs } = params.marker;
  const id = runs.at(-1)!;
  const task = await findTask({ name: TASK, store: undefined, now: context.now() });
  await publishOnce({ database, task }, context);
  const interrupts = new Interrupts();
  const session = new Session(context, {
    database,
    owner: options.owner,
    note: (text) => quiet || note(context.terminal, text),
  });
  try {
    if (params.isNew) {
      const tenants = params.tenants === undefined ? {} : { tenants: params.tenants };
      await submit(session, {
        id,
        task,
        reason,
        input: { run: source, folder, earlier: runs.slice(0, -1), ...tenants },
      });
    } else {
      await session.ask(async (client) => (await client.status(id)).status === "held" && await client.resume(id));
      if (!quiet) note(context.terminal, "going on with the export that was interrupted");
    }
    if (!quiet) note(context.terminal, `run ${id}`);
    const attended = await attend({ context, session, database, runIds: [id], interrupts, patience, quiet });
    const view = attended.views[0];
    if (view?.error?.details?.reason === "folder") throw asThrown(view.error);
    if (attended.type !== "ended" || view?.status !== "completed") {
      const code = await conclude(
        { attended, session, interrupts, database, format: undefined, output: undefined, quiet },
        context,
      );
      if (!quiet && view !== undefined && !isRunEnded(view.status)) {
        note(context.terminal, "the folder is sealed by the same `tasker export`, given again");
      }
      return code;
    }
    const code = await finish(options, params.marker, context);
    await stayForOthers(context, session, interrupts, quiet);
    return code;
  } finally {
    await session.stop();
    interrupts.dispose();
  }
}

/** What was wrong with the folder, as if it had been found before. */
function asThrown({ code, message, hint }: SerializedError): TaskerError {
  return new TaskerError(code as ErrorCode, message, hint === undefined ? {} : { hint });
}

async function finish(options: ExportOptions, marker: Marker, context: Context): Promise<ExitCode> {
  const { database, folder } = options;
  const manifest = await reading(context, database, (store) => seal(store, { folder, marker, now: context.now() }));
  return tell(options, manifest, context);
}

function tell(options: ExportOptions, manifest: EvidenceManifest, context: Context): ExitCode {
  const { messages, coverage, seal } = manifest;
  const { terminal } = context;
  const code = messages.failed > 0 ? EXIT.incomplete : EXIT.ok;
  if (options.json) printJson(context, { folder: options.folder, ...manifest });
  else {
    const files = messages.attachments > 0 ? `, ${plural(messages.attachments, "attachment")}` : "";
    terminal.out(
      `${plural(messages.exported, "message")} of ${plural(messages.mailboxes, "mailbox", "mailboxes")} ` +
        `(${formatBytes(messages.bytes)})${files} in ${options.folder}\n` +
        `${messages.vanished} vanished since the search, ${messages.failed} failed; messages.ndjson names each\n` +
        `seal ${seal}\n`,
    );
  }
  if (options.quiet) return code;
  if (messages.failed > 0) {
    warn(terminal, `${plural(messages.failed, "message")} could not be read: the same command tries them again`);
  }
  const unread = (coverage.failed ?? 0) + (coverage.truncated ?? 0);
  if (unread > 0) {
    warn(
      terminal,
      `the search itself did not read ${plural(unread, "mailbox", "mailboxes")} to the end: coverage.ndjson`,
    );
  }
  return code;
}
