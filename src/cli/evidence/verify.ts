import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { createReadStream } from "node:fs";
import { TaskerError } from "../../core/errors.ts";
import { canonicalJson, isJsonObject, type Json } from "../../core/json.ts";
import { sha256 } from "../../store/sha256.ts";
import { MARKER } from "../../services/evidence/layout.ts";
import { chained, entryOf, NO_HASH } from "../../store/chain.ts";
import { FileList } from "../../store/file_list.ts";
import type { Run } from "../command.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { safeLines } from "../output/errors.ts";
import { plural } from "../output/numbers.ts";
import { styled } from "../output/terminal.ts";
import { printJson, reading } from "../reading.ts";
import { filesBelow, hashOfFile } from "./ledger.ts";
import { type EvidenceManifest, MANIFEST, manifestIn, readManifestText, SUMS } from "./manifest.ts";

export interface VerifyFlags {
  readonly seal?: string;
  readonly json?: boolean;
  readonly db?: string;
}

export interface VerifyOptions {
  readonly folder: string;
  /** As it was noted when the folder was sealed. */
  readonly seal: string | undefined;
  /** Whose audit log is to say the same; undefined: none is asked. */
  readonly database: string | undefined;
  readonly json: boolean;
}

/** What is wrong with a file; with `manifest` a byte of the manifest, or what it says. */
export interface Problem {
  readonly file: string;
  readonly problem: "changed" | "missing" | "added" | "unreadable";
  readonly detail?: string;
}

/** `tasker verify`, from its flags. */
export const parse: Run<VerifyFlags> = (context, flags, [folder]) =>
  run({ folder: resolve(folder!), seal: flags.seal, database: flags.db, json: flags.json ?? false }, context);

export async function run(options: VerifyOptions, context: Context): Promise<ExitCode> {
  const { folder, json } = options;
  const { terminal } = context;
  const { manifest, seal } = await openManifest(folder);
  const problems: Problem[] = [];
  const tell = (problem: Problem) => {
    // With a great many the memory goes to the list that --json prints; people see them at once.
    problems.push(problem);
    if (json) return;
    const { file, problem: word, detail } = problem;
    const more = detail === undefined ? "" : `: ${detail}`;
    terminal.out(`${styled(terminal.color.out, "red", "FAIL")}  ${safeLines(`${word.padEnd(7)}  ${file}${more}`)}\n`);
  };
  if (manifest === undefined) {
    const isThere = isFile(`${folder}/${MANIFEST}`);
    tell({
      file: MANIFEST,
      problem: isThere ? "changed" : "missing",
      ...isThere ? { detail: "it is not what was sealed" } : {},
    });
  }
  const { files, messages } = await checkFiles(folder, manifest, tell);
  await checkAuditFile(folder, manifest, tell);
  if (seal !== null && options.seal !== undefined && options.seal !== seal) {
    tell({ file: MANIFEST, problem: "changed", detail: `its seal is ${seal}, not ${options.seal}` });
  }
  if (seal !== null && options.database !== undefined) {
    const known = await reading(context, options.database, (store) => {
      for (const row of store.audit.each()) {
        const entry = entryOf(row);
        if (entry?.event === "sealed" && entry.seal === seal) return true;
      }
      return false;
    });
    if (!known) tell({ file: MANIFEST, problem: "changed", detail: "the audit log knows no such seal" });
  }
  const ok = problems.length === 0;
  if (json) printJson(context, { ok, folder, seal, files, messages, problems });
  else {
    terminal.out(
      ok
        ? `${plural(files, "file")} with ${plural(messages, "message")}: every byte is as it was sealed ${
          manifest!.sealedAt
        }\nseal ${seal}\n`
        : `${plural(problems.length, "problem")} in ${folder}\n`,
    );
  }
  return ok ? EXIT.ok : EXIT.failed;
}

/** Throws NOT_FOUND when the folder holds no evidence, CONFLICT when its export has not ended. `manifest` undefined: it was changed. */
async function openManifest(folder: string): Promise<{ manifest: EvidenceManifest | undefined; seal: string | null }> {
  const text = await manifestIn(folder);
  if (text === undefined && isFile(`${folder}/${MARKER}`)) {
    throw new TaskerError("CONFLICT", `the export into ${folder} has not ended`, {
      hint: "the same `tasker export` goes on with it, and seals the folder",
    });
  }
  if (text === undefined && !isFile(`${folder}/${SUMS}`)) {
    throw new TaskerError("NOT_FOUND", `${folder} holds no evidence that \`tasker export\` has sealed`, {
      hint: "name the folder that was given to --to",
    });
  }
  const manifest = readManifestText(text ?? "");
  return { manifest, seal: manifest?.seal ?? null };
}

/** Reads every file, and compares it with the list; and the list with the manifest. */
async function checkFiles(
  folder: string,
  manifest: EvidenceManifest | undefined,
  tell: (problem: Problem) => void,
): Promise<{ files: number; messages: number }> {
  using list = new FileList();
  let listed = 0;
  if (!isFile(`${folder}/${SUMS}`)) tell({ file: SUMS, problem: "missing" });
  else {
    for await (const line of lines(`${folder}/${SUMS}`)) {
      const [, hash, path] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
      if (path === undefined || hash === undefined) {
        tell({ file: SUMS, problem: "changed", detail: "a line of it is none" });
      } else if (list.add(path, hash)) listed++;
    }
    const isWhole = manifest === undefined || hashOfFile(`${folder}/${SUMS}`) === manifest.sums;
    if (!isWhole) tell({ file: SUMS, problem: "changed" });
  }
  for (const { path, isFile } of filesBelow(folder)) {
    if (path === MANIFEST || path === SUMS) continue;
    const hash = list.take(path);
    if (hash === undefined) tell({ file: path, problem: "added" });
    else if (!isFile) tell({ file: path, problem: "changed", detail: "it is no file any more" });
    else {
      try {
        if (hashOfFile(`${folder}/${path}`) !== hash) tell({ file: path, problem: "changed" });
      } catch (error) {
        tell({ file: path, problem: "unreadable", detail: (error as Error).message });
      }
    }
  }
  for (const { path } of list.each({ left: true })) tell({ file: path, problem: "missing" });
  return { files: listed, messages: manifest?.messages.exported ?? 0 };
}

/** The chain of the audit log's hashes, and that it ends where the manifest says. */
async function checkAuditFile(
  folder: string,
  manifest: EvidenceManifest | undefined,
  tell: (problem: Problem) => void,
): Promise<void> {
  const path = `${folder}/audit.ndjson`;
  if (!isFile(path)) return;
  const changed = (detail: string) => tell({ file: "audit.ndjson", problem: "changed", detail });
  let previous = NO_HASH;
  let count = 0;
  for await (const line of lines(path)) {
    count++;
    const row = parsed(line);
    const { seq, digest, hash, entry } = isJsonObject(row) ? row : {};
    const fits = seq === count && hash === chained(previous, String(digest)) &&
      (entry === undefined || sha256(canonicalJson(entry)) === digest);
    if (!fits) return changed(`entry ${count} does not fit the chain`);
    previous = hash;
  }
  if (manifest !== undefined && (manifest.audit.head ?? NO_HASH) !== previous) {
    changed("it does not end with the entry that the manifest names");
  }
}

function parsed(line: string): Json {
  try {
    return JSON.parse(line) as Json;
  } catch {
    return null;
  }
}

function lines(path: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(path), crlfDelay: Infinity });
}

function isFile(path: string): boolean {
  try {
    return Deno.lstatSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
