import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import { TaskerError } from "../../core/errors.ts";
import { redacted } from "../../core/redaction.ts";
import { sha256 } from "../../store/sha256.ts";
import { keyName } from "../../mail/file_names.ts";
import { formatMboxEntry } from "../../mail/mbox.ts";
import { folderError, syncFolder, writeWhole } from "../../services/evidence/folder.ts";
import { FORMAT, MAIL, mailboxName, MARKER, type Marker, PART } from "../../services/evidence/layout.ts";
import { whoRunsThis } from "../../server/who.ts";
import { entryOf } from "../../store/chain.ts";
import { FileList } from "../../store/file_list.ts";
import { SortedRows } from "../../store/sorted_rows.ts";
import type { Store } from "../../store/store.ts";
import { storedJson } from "../../store/stored_json.ts";
import type { TaskRun } from "../../store/task_runs.ts";
import { version } from "../version.ts";
import { filesBelow, LedgerFile, writeLedger } from "./ledger.ts";
import { type EvidenceManifest, MANIFEST, type ManifestRun, manifestText, sealed, SUMS } from "./manifest.ts";
import { remove, removeSingles } from "./prepare.ts";

/** Files that are named in a message; of more it is said how many there are. */
const NAMED = 10;

interface Totals {
  readonly mailboxes: Set<string>;
  exported: number;
  bytes: number;
  attachments: number;
  vanished: number;
  failed: number;
}

/**
 * Completes a folder whose messages have all been saved: ledgers, checksums, the manifest, and an entry of the audit log.
 * Interrupted anywhere it may be done again. Throws CONFLICT when a file is not as it was saved, or was put there by others.
 */
export async function seal(
  store: Store,
  params: { folder: string; marker: Marker; now: number },
): Promise<EvidenceManifest> {
  const { folder, marker, now } = params;
  using files = new FileList();
  const source = store.taskRuns.byId(marker.source)!;
  const exports = marker.runs.map((id) => store.taskRuns.byId(id)).filter((run) => run !== undefined);
  const totals = { mailboxes: new Set<string>(), exported: 0, bytes: 0, attachments: 0, vanished: 0, failed: 0 };
  try {
    writeMessages(store, { folder, marker, exports, files, totals });
    writeSearch(store, { folder, source, files });
    const reasons = writeAudit(store, { folder, runs: [source, ...exports].map(({ id }) => id), files });
    refuseForeign(folder, files, marker);
    const sums = sha256OfSums(folder, files);
    const manifest = sealed({
      format: FORMAT,
      sealedAt: new Date(now).toISOString(),
      source: toldOf(store, source, reasons),
      exports: exports.map((run) => toldOf(store, run, reasons)),
      as: marker.as,
      attachments: marker.attachments,
      versions: { tasker: version, deno: Deno.version.deno, system: `${Deno.build.os} ${Deno.build.arch}` },
      sealedBy: whoRunsThis(),
      messages: { ...totals, mailboxes: totals.mailboxes.size },
      coverage: coverageOf(store, source),
      audit: reasons.audit,
      files: sums.files,
      sums: sums.sha256,
    });
    await writeWhole(`${folder}/${MANIFEST}`, new TextEncoder().encode(manifestText(manifest)));
    if (marker.as === "mbox" && manifest.messages.failed === 0) removeSingles(`${folder}/${MAIL}`);
    await remove(`${folder}/${MARKER}`);
    await syncFolder(folder);
    enterSeal(store, { folder, manifest, now });
    return manifest;
  } catch (error) {
    throw folderError(folder, error);
  }
}

/** The audit log tells of the seal, once. */
export function enterSeal(store: Store, params: { folder: string; manifest: EvidenceManifest; now: number }): void {
  const { manifest: { seal, source, exports, messages } } = params;
  const run = exports.at(-1)!.run;
  store.db.transaction(() => {
    for (const row of store.audit.each()) {
      const entry = row.text.includes(seal) ? entryOf(row) : undefined;
      if (entry?.event === "sealed" && entry.seal === seal) return;
    }
    store.audit.append({
      event: "sealed",
      run,
      source: source.run,
      folder: params.folder,
      seal,
      messages: messages as unknown as JsonObject,
      who: whoRunsThis(),
    }, params.now);
  });
}

/** `messages.ndjson`, a line for each message that was found; and the mbox files. */
function writeMessages(
  store: Store,
  params: { folder: string; marker: Marker; exports: readonly TaskRun[]; files: FileList; totals: Totals },
): void {
  const { folder, marker, files, totals } = params;
  using rows = new SortedRows();
  for (const line of outcomes(store, params.exports)) {
    const box = mailboxName(line);
    rows.add({ group: box, place: Number(line.internalDate ?? 0), text: JSON.stringify(line) });
    totals.mailboxes.add(box);
  }
  // An mbox that is not complete yet is made anew, out of all of them.
  const isKept = marker.as === "eml" || store.records.kinds(params.exports.at(-1)!.run).has("unexported");
  const ledger = new LedgerFile(folder, "messages.ndjson");
  const wrong: string[] = [];
  let mbox: { box: string; file: LedgerFile } | undefined;
  for (const { group, text } of rows.each()) {
    const line = JSON.parse(text) as Outcome;
    if (line.status === "exported") {
      const problem = count(folder, line, { files, totals, isKept });
      if (problem !== undefined) wrong.push(problem);
      else if (marker.as === "mbox") {
        if (mbox?.box !== group) {
          mbox?.file.done(files);
          mbox = { box: group, file: new LedgerFile(folder, `${MAIL}/${group}.mbox`) };
        }
        const raw = Deno.readFileSync(`${folder}/${line.file}`);
        if (sha256(raw) !== line.sha256) wrong.push(line.file);
        const entry = formatMboxEntry({ raw, sender: "-", date: Number(line.internalDate ?? 0) });
        const place = { file: `${MAIL}/${group}.mbox`, at: mbox.file.length, length: entry.length };
        mbox.file.write(entry);
        ledger.write(`${JSON.stringify({ ...line, ...place })}\n`);
        continue;
      }
    } else totals[line.status]++;
    ledger.write(`${text}\n`);
  }
  mbox?.file.done(files);
  ledger.done(files);
  refuse(wrong, "not as they were saved", "restore them, or export into another folder");
}

/** What became of a message. */
type Outcome =
  & { readonly tenant?: string; readonly mailbox: string; readonly id: string; readonly internalDate?: string | null }
  & (
    | {
      readonly status: "exported";
      readonly file: string;
      readonly size: number;
      readonly sha256: string;
      readonly attachments?: readonly { readonly file: string; readonly size: number; readonly sha256: string }[];
    }
    | { readonly status: "vanished" | "failed"; readonly reason: string; readonly message?: string }
  );

function* outcomes(store: Store, exports: readonly TaskRun[]): Generator<Outcome> {
  const rows = function* (run: TaskRun, kind: string): Generator<JsonObject> {
    for (const { data } of store.records.each({ run: run.run, kind })) if (isJsonObject(data)) yield data;
  };
  for (const run of exports) {
    for (const row of rows(run, "exported")) {
      const { mailbox, id, ...rest } = row;
      yield { mailbox, id, status: "exported", ...rest } as unknown as Outcome;
    }
    for (const row of rows(run, "vanished")) {
      const { mailbox, id, ...rest } = row;
      yield { mailbox, id, status: "vanished", ...rest } as unknown as Outcome;
    }
  }
  // What an earlier run could not read was tried again by the last one.
  const last = exports.at(-1);
  for (const { ids, mailbox, ...rest } of last === undefined ? [] : rows(last, "unexported")) {
    for (const id of ids as readonly string[]) yield { mailbox, id, status: "failed", ...rest } as unknown as Outcome;
  }
}

/** Lists the files of a message; gives the first that is not there in its size. */
function count(
  folder: string,
  line: Outcome & { status: "exported" },
  { files, totals, isKept }: { files: FileList; totals: Totals; isKept: boolean },
): string | undefined {
  totals.exported++;
  totals.bytes += line.size;
  totals.attachments += line.attachments?.length ?? 0;
  for (const { file, size, sha256 } of [line, ...line.attachments ?? []]) {
    if (sizeOf(`${folder}/${file}`) !== size) return file;
    if (isKept || file !== line.file) files.add(file, sha256);
  }
}

function sizeOf(path: string): number | undefined {
  try {
    const { isFile, size } = Deno.lstatSync(path);
    return isFile ? size : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** What the search was asked, what it gave, and every row it has kept, as they are stored. */
function writeSearch(
  store: Store,
  { folder, source, files }: { folder: string; source: TaskRun; files: FileList },
): void {
  const { manifest } = store.taskFunctions.get(source.functionId);
  const asked = redacted(storedJson(source.input), manifest.input);
  writeLedger(folder, "search/input.json", [`${JSON.stringify(asked, null, 2)}\n`], files);
  if (source.result !== null) writeLedger(folder, "search/result.json", [source.result], files);
  for (const kind of store.records.kinds(source.run).keys()) {
    const lines = function* () {
      for (const { text } of store.records.texts({ run: source.run, kind })) yield `${text}\n`;
    };
    writeLedger(
      folder,
      kind === "coverage" ? "coverage.ndjson" : `search/${keyName(kind, sha256)}.ndjson`,
      lines(),
      files,
    );
  }
}

interface Reasons {
  readonly audit: { readonly entries: number; readonly head: string | null };
  readonly byRun: ReadonlyMap<string, JsonObject>;
}

/** The audit log up to now: entries of these runs, and of others no more than the digests that the chain is made of. */
function writeAudit(
  store: Store,
  { folder, runs, files }: { folder: string; runs: readonly string[]; files: FileList },
): Reasons {
  const file = new LedgerFile(folder, "audit.ndjson");
  const byRun = new Map<string, JsonObject>();
  let audit: Reasons["audit"] = { entries: 0, head: null };
  for (const row of store.audit.each()) {
    const { seq, hash } = row;
    const digest = sha256(row.text);
    const entry = entryOf(row);
    const isOurs = entry !== undefined && runs.includes(String(entry.run));
    if (isOurs && entry.event === "submitted") byRun.set(String(entry.run), entry);
    file.write(`${JSON.stringify({ seq, digest, hash, ...(isOurs ? { entry } : {}) })}\n`);
    audit = { entries: seq, head: hash };
  }
  file.done(files);
  return { audit, byRun };
}

function toldOf(store: Store, run: TaskRun, { byRun }: Reasons): ManifestRun {
  const { version, hash } = store.taskFunctions.get(run.functionId);
  const entry = byRun.get(run.id);
  const text = (value: Json | undefined) => typeof value === "string" ? value : null;
  return {
    run: run.id,
    task: run.taskName,
    version,
    code: hash,
    status: run.status,
    // As it was asked, without secrets; runs that are older than the log have no entry.
    input: entry?.asked ?? storedJson(run.input),
    reason: text(entry?.reason),
    who: text(entry?.who),
    submittedAt: new Date(run.createdAt).toISOString(),
    endedAt: run.endedAt === null ? null : new Date(run.endedAt).toISOString(),
  };
}

function coverageOf(store: Store, source: TaskRun): Record<string, number> {
  const statuses: Record<string, number> = {};
  for (const { data } of store.records.each({ run: source.run, kind: "coverage" })) {
    const status = isJsonObject(data) ? String(data.status) : "unknown";
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
  return statuses;
}

/** Takes away what interrupted writes have left, and refuses files that are none of the export's. */
function refuseForeign(folder: string, files: FileList, marker: Marker): void {
  const foreign: string[] = [];
  for (const { path } of filesBelow(folder)) {
    if (path === MARKER || path === SUMS || files.take(path) !== undefined) continue;
    if (path.endsWith(PART)) Deno.removeSync(`${folder}/${path}`);
    else if (!(marker.as === "mbox" && isSingle(path))) foreign.push(path);
  }
  refuse(foreign, "none that this export wrote", "move them away, and run the same `tasker export` again");
}

/** Messages as single files, out of which mbox files are made. */
function isSingle(path: string): boolean {
  return path.startsWith(`${MAIL}/`) && path.endsWith(".eml");
}

function sha256OfSums(folder: string, files: FileList): { files: number; sha256: string } {
  let count = 0;
  const lines = function* () {
    for (const { path, sha256 } of files.each()) {
      count++;
      yield `${sha256}  ${path}\n`;
    }
  };
  const file = new LedgerFile(folder, SUMS);
  for (const line of lines()) file.write(line);
  // Not a file of its own list.
  using none = new FileList();
  const sha256 = file.done(none);
  return { files: count, sha256 };
}

function refuse(paths: readonly string[], what: string, hint: string): void {
  if (paths.length === 0) return;
  const named = paths.slice(0, NAMED).join(", ");
  throw new TaskerError(
    "CONFLICT",
    `files are ${what}: ${named}${paths.length > NAMED ? ` and ${paths.length - NAMED} more` : ""}`,
    {
      hint,
    },
  );
}
