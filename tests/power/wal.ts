import { Buffer } from "node:buffer";

/** A write-ahead log of SQLite, as far as its commits go: https://www.sqlite.org/fileformat.html#the_write_ahead_log */

const HEADER = 32;
const FRAME_HEADER = 24;

export interface Wal {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where each commit of the log's present course ends, in order. What lies behind the last is of an earlier course. */
  readonly commits: readonly number[];
  /** Bytes of a frame: a page with its header. */
  readonly frameSize: number;
}

export function readWal(bytes: Uint8Array<ArrayBuffer>): Wal {
  const view = new DataView(bytes.buffer);
  const frameSize = FRAME_HEADER + view.getUint32(8);
  const salt = view.getBigUint64(16);
  const commits: number[] = [];
  for (let at = HEADER; at + frameSize <= bytes.length && view.getBigUint64(at + 8) === salt; at += frameSize) {
    // The size of the database after a commit; 0 in every frame but a commit's last.
    if (view.getUint32(at + 4) !== 0) commits.push(at + frameSize);
  }
  // Of the earlier course's content behind it some frames are enough.
  const length = Math.min(bytes.length, commits.at(-1)! + 16 * frameSize);
  return { bytes: bytes.slice(0, length), commits, frameSize };
}

/** How many of the log's commits are whole in what is left of it, of which everything before `at` is. */
export function wholeCommits(wal: Wal, left: Uint8Array, at: number): number {
  const broken = wal.commits.findIndex((end) =>
    end > at && Buffer.compare(wal.bytes.subarray(at, end), left.subarray(at, end)) !== 0
  );
  return broken < 0 ? wal.commits.length : broken;
}
