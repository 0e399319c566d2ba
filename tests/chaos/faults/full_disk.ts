import { DatabaseSync } from "node:sqlite";
import type { Dice } from "../../../src/workspace/dice.ts";
import { type Bed, moment, owner, serve } from "../bed.ts";
import type { TaskerProcess } from "../processes.ts";
import type { Fault } from "./fault.ts";
import { calls, death, LANES, seconds } from "./kill.ts";

/** How long it may take until a full disk is felt, ms: the file has some room of its own. */
const PATIENCE = 15_000;

/** The disk is full until the owner has ended of it, then free again. Without a disk of our own: a limit of file size. */
export const fullDisk: Fault = {
  impossible: () => Deno.build.os === "windows" ? "Windows has neither a small file system nor ulimit" : undefined,
  async strike(bed, dice) {
    const since = performance.now();
    const what = await bed.processes.inTrouble(
      "full disk",
      () => bed.disk.isOwn ? filled(bed, dice) : limited(bed, dice),
    );
    const sight = bed.witness.look();
    const after = await owner(bed, dice.pick(LANES));
    return `${what}; ${calls(sight)}; ${after.pid} owns after ${seconds(since)}`;
  },
};

async function filled(bed: Bed, dice: Dice): Promise<string> {
  const process = await owner(bed);
  const spare = dice.between(4, 400);
  const patience = dice.between(200, 1_500);
  useUpRoom(bed.db);
  await bed.disk.fill(spare);
  const felt = await ends(process);
  // Others that come now can only say the same.
  const second = serve(bed, 4);
  await Promise.race([second.running.end(), moment(patience)]);
  await bed.disk.free();
  return `${spare} KiB left: owner ${process.pid} ${felt}`;
}

/** So that the full disk is felt soon: an emptied write-ahead log has no room left over from earlier. */
function useUpRoom(path: string): void {
  const db = new DatabaseSync(path);
  try {
    db.exec("PRAGMA busy_timeout = 1000; PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    db.close();
  }
}

/** A limit that the write-ahead log reaches soon. Without the trap the system would end the process by a signal. */
async function limited(bed: Bed, dice: Dice): Promise<string> {
  await death(bed, await owner(bed));
  useUpRoom(bed.db);
  const kibibytes = dice.between(100, 600);
  const shell = ["/bin/sh", "-c", `trap "" XFSZ; ulimit -f ${kibibytes * 2}; exec "$@"`, "sh"];
  const process = serve(bed, dice.pick(LANES), shell);
  const felt = await ends(process);
  return `no file over ${kibibytes} KiB: owner ${process.pid} ${felt}`;
}

/** Of its own; one that does not feel it in time is killed. */
async function ends(process: TaskerProcess): Promise<string> {
  const since = performance.now();
  const ended = await Promise.race([process.running.end(), moment(PATIENCE)]);
  if (ended !== undefined) return `ended with ${ended.code} after ${seconds(since)}`;
  process.kill("SIGKILL");
  await process.running.end();
  return `did not feel it for ${seconds(since)} and was killed`;
}
