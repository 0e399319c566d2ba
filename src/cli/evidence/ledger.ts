import { Sha256 } from "../../store/sha256.ts";
import { PART } from "../../services/evidence/layout.ts";
import type { FileList } from "../../store/file_list.ts";

const BUFFER = 256 * 1024;

/** A file of the folder that is written from its beginning to its end, and has its name when it is whole. */
export class LedgerFile {
  readonly #folder: string;
  readonly #name: string;
  readonly #file: Deno.FsFile;
  readonly #hash = new Sha256();
  #chunks: Uint8Array[] = [];
  #buffered = 0;
  /** Bytes so far. */
  length = 0;

  constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#name = name;
    const path = `${folder}/${name}`;
    if (name.includes("/")) Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true, mode: 0o700 });
    this.#file = Deno.openSync(`${path}${PART}`, { create: true, truncate: true, write: true, mode: 0o600 });
  }

  write(content: string | Uint8Array): void {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    this.#hash.update(bytes);
    this.#chunks.push(bytes);
    this.#buffered += bytes.length;
    this.length += bytes.length;
    if (this.#buffered > BUFFER) this.#flush();
  }

  /** Gives the file its name and lists it; gives its SHA-256. */
  done(files: FileList): string {
    this.#flush();
    this.#file.syncDataSync();
    this.#file.close();
    const path = `${this.#folder}/${this.#name}`;
    Deno.renameSync(`${path}${PART}`, path);
    const sha256 = this.#hash.digest();
    files.add(this.#name, sha256);
    return sha256;
  }

  #flush(): void {
    for (const bytes of this.#chunks) {
      for (let written = 0; written < bytes.length;) written += this.#file.writeSync(bytes.subarray(written));
    }
    this.#chunks = [];
    this.#buffered = 0;
  }
}

/** Writes a file of texts. */
export function writeLedger(folder: string, name: string, texts: Iterable<string>, files: FileList): string {
  const file = new LedgerFile(folder, name);
  for (const text of texts) file.write(text);
  return file.done(files);
}

/** One for all files: they are read one after another, without a pause. */
const piece = new Uint8Array(BUFFER);

/** The SHA-256 of a file, read piece by piece. */
export function hashOfFile(path: string): string {
  const hash = new Sha256();
  using file = Deno.openSync(path, { read: true });
  for (let read = file.readSync(piece); read !== null; read = file.readSync(piece)) {
    hash.update(piece.subarray(0, read));
  }
  return hash.digest();
}

/** Every file below a folder, by its path within it with `/` between; what is neither file nor folder, too. */
export function* filesBelow(folder: string, within = ""): Generator<{ path: string; isFile: boolean }> {
  for (const { name, isDirectory, isFile } of Deno.readDirSync(within === "" ? folder : `${folder}/${within}`)) {
    const path = within === "" ? name : `${within}/${name}`;
    if (isDirectory) yield* filesBelow(folder, path);
    else yield { path, isFile };
  }
}
