import type { Wal } from "./wal.ts";

/** What a disk writes whole or not at all, bytes. */
export const SECTOR = 512;

type Bytes = Uint8Array<ArrayBuffer>;

/** What a loss of power leaves of a log of which everything before `at` has reached the disk. */
export interface Loss {
  readonly what: string;
  leave(wal: Wal, at: number): Bytes;
}

/** The file ends there. */
export const cut: Loss = { what: "cut", leave: ({ bytes }, at) => bytes.slice(0, at) };

/** The file is as long as it was, but other bytes than those written come after. */
export const losses: readonly Loss[] = [
  { what: "zeros", leave: ({ bytes }, at) => followed(bytes, at, new Uint8Array(bytes.length - at)) },
  { what: "noise", leave: ({ bytes }, at) => followed(bytes, at, noise(bytes.length - at)) },
  {
    what: "an earlier course of the log",
    leave({ bytes, commits }, at) {
      const end = commits.at(-1)!;
      const before = bytes.subarray(end);
      const left = bytes.slice();
      // Frame upon frame, so that only their salts tell.
      for (let from = end - Math.ceil(end / before.length) * before.length; from < end; from += before.length) {
        if (from + before.length > at) left.set(before.subarray(Math.max(0, at - from)), Math.max(at, from));
      }
      return left;
    },
  },
  {
    what: "commits of this course in the wrong place",
    leave: ({ bytes, frameSize }, at) => followed(bytes, at, bytes.subarray(at - 3 * frameSize)),
  },
  {
    what: "some sectors of the next commit, but not the first",
    leave({ bytes, commits }, at) {
      const left = followed(bytes, at, new Uint8Array(bytes.length - at));
      const end = commits.find((commit) => commit > at) ?? at;
      const dice = noise((end - at) / SECTOR + 1, at);
      for (let sector = at + SECTOR, throws = 0; sector < end; sector += SECTOR, throws++) {
        if (dice[throws]! < 128) left.set(bytes.subarray(sector, Math.min(end, sector + SECTOR)), sector);
      }
      return left;
    },
  },
];

/** As long as before, with other bytes from `at` on, as far as they go. */
function followed(bytes: Bytes, at: number, others: Uint8Array): Bytes {
  const left = bytes.slice();
  left.set(others.subarray(0, bytes.length - at), at);
  return left;
}

/** Bytes that look like chance and are the same every time. */
function noise(length: number, seed = 0): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed + 1;
  for (let at = 0; at < bytes.length; at++) {
    state = Math.imul(state, 1_664_525) + 1_013_904_223;
    bytes[at] = state >>> 24;
  }
  return bytes;
}
