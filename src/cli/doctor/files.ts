import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { failed, type Finding, noted, ok } from "../../store/finding.ts";
import { formatBytes } from "../output/numbers.ts";

/** Below this a large search may fill the disk, bytes. */
const LITTLE_SPACE = 1024 ** 3;
/** A log that is larger is kept from being put into the file, bytes. */
const LARGE_LOG = 256 * 1024 ** 2;
/** All that may be beside a database; what is in them is nobody else's business. */
const SUFFIXES = ["", "-wal", "-shm", ".owner", ".server.json", ".key", ".key.salt"];

/** Who may read the files, how large they are, and what space is left. */
export function* files(database: string): Generator<Finding> {
  yield permissions(database);
  yield space(database);
}

function permissions(database: string): Finding {
  const open = SUFFIXES.map((suffix) => database + suffix).filter((path) => {
    const mode = infoOf(path)?.mode ?? 0;
    return Deno.build.os !== "windows" && (mode & 0o077) !== 0;
  });
  if (open.length === 0) return ok("permissions", "only you may read the files");
  return failed(
    "permissions",
    `others may read ${open.join(", ")}`,
    `run chmod 600 ${open.map((path) => JSON.stringify(path)).join(" ")}`,
  );
}

function space(database: string): Finding {
  const { bavail, bsize } = statfsSync(dirname(database));
  const free = Number(bavail) * Number(bsize);
  const [file, log] = [infoOf(database)?.size ?? 0, infoOf(`${database}-wal`)?.size ?? 0];
  const sizes = `${formatBytes(file)} in the file, ${formatBytes(log)} in its log, ${
    formatBytes(free)
  } free on the disk`;
  // A migration, a backup beside it: there must be room for the file once more.
  if (free < Math.max(LITTLE_SPACE, file)) return failed("disk", sizes, "free some space: a full disk stops every run");
  if (log > LARGE_LOG) {
    return noted("disk", sizes, "something reads the file for long and keeps its log from being put into it: end that");
  }
  return ok("disk", sizes);
}

function infoOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
