import { basename, join } from "node:path";

/** A file that no program reads, or a folder of such files alone. */
export interface LeftOut {
  readonly path: string;
  readonly bytes: number;
}

/** What stays beside files that are read: modules are found by it, or its author asks for it. */
const STAYS = /^(package\.json|(licen[cs]e|notice|copying)\b.*)$/i;

/** What folders have beside the files that are read: no more paths than are needed to name it, the largest first. */
export function leftOut(folders: readonly string[], files: ReadonlySet<string>): LeftOut[] {
  return folders.flatMap((folder) => sift(folder, files).out).sort((a, b) => b.bytes - a.bytes);
}

function sift(path: string, files: ReadonlySet<string>): { used: boolean; out: LeftOut[] } {
  const { isDirectory, size } = Deno.statSync(path);
  if (!isDirectory) return files.has(path) ? { used: true, out: [] } : { used: false, out: [{ path, bytes: size }] };
  const inner = Array.from(Deno.readDirSync(path), ({ name }) => sift(join(path, name), files));
  const out = inner.flatMap(({ out }) => out);
  if (inner.some(({ used }) => used)) return { used: true, out: out.filter(({ path }) => !STAYS.test(basename(path))) };
  return { used: false, out: [{ path, bytes: out.reduce((sum, { bytes }) => sum + bytes, 0) }] };
}
