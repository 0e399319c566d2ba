import { TaskerError } from "../../core/errors.ts";
import { Sha256 } from "../sha256.ts";
import { FORMAT, notARunFile } from "./format.ts";

/** The last line of a run file, behind the pages that SQLite reads: SHA-256 (hex) of all bytes before it. */
const line = (sha256: string) => `tasker run file ${FORMAT} sha256 ${sha256}\n`;
const LENGTH = line("0".repeat(64)).length;
const LINE = /^tasker run file (\d+) sha256 ([0-9a-f]{64})\n$/;
/** Where the application id is in the header of a SQLite file, after its magic (https://www.sqlite.org/fileformat.html). */
const MAGIC = "SQLite format 3\0";
const CHUNK = 1 << 20;

/** Of the bytes of a run file. */
export interface Checksum {
  /** Hex; of all but its own line. */
  readonly sha256: string;
  /** Of the whole file. */
  readonly bytes: number;
}

/** Puts the checksum behind the bytes of a file that is written. Throws what `signal` says when it is told to stop. */
export async function appendChecksum(path: string, signal: AbortSignal): Promise<Checksum> {
  using file = await Deno.open(path, { read: true, write: true });
  const { size } = await file.stat();
  const sha256 = await digest(file, size, signal);
  const rest = new TextEncoder().encode(line(sha256));
  for (let at = 0; at < rest.length;) at += await file.write(rest.subarray(at));
  return { sha256, bytes: size + rest.length };
}

/**
 * Reads a run file whole, as bytes and not yet as a database. Throws NOT_FOUND, and DATABASE_UNUSABLE when it is none or a
 * byte of it has changed.
 */
export async function checkBytes(path: string): Promise<Checksum> {
  using file = await open(path);
  const { size } = await file.stat();
  const text = async (at: number, length: number) => {
    await file.seek(at, Deno.SeekMode.Start);
    const bytes = new Uint8Array(length);
    let read = 0;
    for (let some; read < length && (some = await file.read(bytes.subarray(read))) !== null;) read += some;
    return new TextDecoder("latin1").decode(bytes.subarray(0, read));
  };
  if (await text(0, MAGIC.length) !== MAGIC) throw notARunFile(path, "is no run file", NAME_ONE);
  const [, format, expected] = LINE.exec(await text(Math.max(0, size - LENGTH), LENGTH)) ?? [];
  if (format === undefined) {
    throw notARunFile(
      path,
      "does not end as a run file does: it was cut off or changed, or is something else",
      `get it again, or name another; a database is named with --db`,
    );
  }
  if (Number(format) !== FORMAT) throw newer(path, `format ${format}`, FORMAT);
  await file.seek(0, Deno.SeekMode.Start);
  const sha256 = await digest(file, size - LENGTH);
  if (sha256 === expected) return { sha256, bytes: size };
  throw notARunFile(
    path,
    "is damaged: its bytes are not those that were exported (their SHA-256 is another one)",
    "get it again from where it was exported",
  );
}

export function newer(path: string, what: string, known: number): TaskerError {
  return notARunFile(
    path,
    `was written by a newer tasker (${what}, this program knows ${known})`,
    "open it with that tasker, or a newer one",
  );
}

const NAME_ONE = "name a file that `tasker export-run` has written";

async function open(path: string): Promise<Deno.FsFile> {
  try {
    // To open a pipe would wait for who writes to it.
    if (!(await Deno.stat(path)).isFile) throw notARunFile(path, "is no file", NAME_ONE);
    return await Deno.open(path);
  } catch (error) {
    if (error instanceof TaskerError) throw error;
    if (error instanceof Deno.errors.NotFound) {
      throw new TaskerError("NOT_FOUND", `there is no file ${path}`, { hint: NAME_ONE, cause: error });
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw notARunFile(path, `cannot be read: ${reason}`, "name a file that you may read", error);
  }
}

/** Of the next so many bytes. */
async function digest(file: Deno.FsFile, size: number, signal?: AbortSignal): Promise<string> {
  const hash = new Sha256();
  const chunk = new Uint8Array(CHUNK);
  for (let left = size; left > 0;) {
    const read = await file.read(chunk.subarray(0, Math.min(left, CHUNK)));
    if (read === null) break;
    hash.update(chunk.subarray(0, read));
    left -= read;
    signal?.throwIfAborted();
  }
  return hash.digest();
}
