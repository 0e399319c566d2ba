import { dirname } from "node:path";
import { TaskerError } from "../../core/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import { sha256 } from "../../store/sha256.ts";
import { fileName } from "../../mail/file_names.ts";
import { attachmentsOf } from "../../mail/mime.ts";
import { ATTACHMENTS, FORMAT, MAIL, mailboxName, MARKER, type Marker, messageName, PART } from "./layout.ts";

/** A message that is to be kept. */
export interface Kept {
  readonly tenant?: string | undefined;
  readonly mailbox: string;
  readonly id: string;
}

/** The folder that an export writes messages into, each file as a whole or not at all. */
export class EvidenceFolder {
  readonly #path: string;
  readonly #marker: Marker;
  /** Folders in which names have appeared that may not be on the disk yet. */
  readonly #unsynced = new Set<string>();

  private constructor(path: string, marker: Marker) {
    this.#path = path;
    this.#marker = marker;
  }

  /** Throws METHOD_REFUSED unless the folder was prepared for this run. */
  static async open(path: string, run: string): Promise<EvidenceFolder> {
    const marker = await readMarker(path);
    if (marker?.runs.at(-1) === run) return new EvidenceFolder(path, marker);
    throw new TaskerError("METHOD_REFUSED", `${path} was not prepared for the export ${run}`, {
      hint: "`tasker export RUN --to DIR` prepares a folder, and goes on with an export that it finds there",
      details: { reason: "folder" },
    });
  }

  /** Writes a message, and its attachments when they are asked for; gives what the manifest says of them. */
  async save(message: Kept, raw: Uint8Array): Promise<JsonObject> {
    const file = this.#fileOf(message);
    const attachments = this.#marker.attachments ? await this.#saveAttachments(message, raw) : undefined;
    await this.#write(file, raw);
    return {
      file,
      size: raw.length,
      sha256: sha256(raw),
      ...(attachments === undefined ? {} : { attachments }),
    };
  }

  /** What was saved is there after a loss of power, too: its name as well as its bytes. */
  async flush(): Promise<void> {
    try {
      for (const folder of this.#unsynced) await syncFolder(folder);
      this.#unsynced.clear();
    } catch (error) {
      throw folderError(this.#path, error);
    }
  }

  /** The bytes of a message that an attempt before this one has saved. */
  async saved(message: Kept): Promise<Uint8Array | undefined> {
    try {
      return await Deno.readFile(`${this.#path}/${this.#fileOf(message)}`);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw folderError(this.#path, error);
    }
  }

  #fileOf(message: Kept): string {
    return `${MAIL}/${mailboxName(message)}/${messageName(message.id)}.eml`;
  }

  async #saveAttachments(message: Kept, raw: Uint8Array): Promise<Json> {
    const folder = `${ATTACHMENTS}/${mailboxName(message)}/${messageName(message.id)}`;
    const saved: Json[] = [];
    for (const [index, { filename, mimeType, bytes }] of attachmentsOf(raw).entries()) {
      const number = String(index + 1).padStart(2, "0");
      const file = `${folder}/${number}-${fileName(filename, "attachment")}`;
      await this.#write(file, bytes);
      saved.push({ file, name: filename, type: mimeType, size: bytes.length, sha256: sha256(bytes) });
    }
    return saved;
  }

  /** The name appears when the bytes are on the disk. */
  async #write(file: string, bytes: Uint8Array): Promise<void> {
    const path = `${this.#path}/${file}`;
    try {
      await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeWhole(path, bytes);
      for (let at = dirname(path); at.length > this.#path.length; at = dirname(at)) this.#unsynced.add(at);
      this.#unsynced.add(this.#path);
    } catch (error) {
      throw folderError(this.#path, error);
    }
  }
}

/** Replaces a file as a whole (0600), on the disk before it has its name. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const file = await Deno.open(`${path}${PART}`, { create: true, truncate: true, write: true, mode: 0o600 });
  try {
    for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
    await file.syncData();
  } finally {
    file.close();
  }
  await Deno.rename(`${path}${PART}`, path);
}

/** Puts the names in a folder on the disk. Windows does so by itself. */
export async function syncFolder(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  using folder = await Deno.open(path, { read: true });
  await folder.sync();
}

/** The marker of a folder; undefined when there is none. Throws CONFLICT when it is none that an export wrote. */
export async function readMarker(path: string): Promise<Marker | undefined> {
  let text: string;
  try {
    text = await Deno.readTextFile(`${path}/${MARKER}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw folderError(path, error);
  }
  let marker: Json;
  try {
    marker = JSON.parse(text) as Json;
  } catch {
    marker = null;
  }
  if (isMarker(marker)) return marker as unknown as Marker;
  throw new TaskerError("CONFLICT", `${path}/${MARKER} is not what an export of this tasker wrote`, {
    hint: "name another folder",
    details: { reason: "folder" },
  });
}

function isMarker(value: Json): boolean {
  return isJsonObject(value) && value.format === FORMAT && typeof value.source === "string" &&
    Array.isArray(value.runs) && value.runs.length > 0 && value.runs.every((run) => typeof run === "string") &&
    (value.as === "eml" || value.as === "mbox") && typeof value.attachments === "boolean";
}

/**
 * What the system says is wrong with the folder, and what to do; `details.reason` is "folder", so that it ends the export and
 * not a mailbox. Any other error as it is.
 */
export function folderError(path: string, error: unknown): unknown {
  const text = error instanceof Error ? error.message : String(error);
  const system = /\(os error (\d+)\)/.exec(text)?.[1];
  if (error instanceof TaskerError || system === undefined) return error;
  const again = "then run the same `tasker export` again: it goes on where it was";
  const refuse = (message: string, hint: string) =>
    new TaskerError("CONFLICT", message, { hint, details: { reason: "folder" }, cause: error });
  if (FULL.test(text)) {
    return refuse(`the disk is full: nothing more could be written to ${path}`, `free some space, ${again}`);
  }
  if (error instanceof Deno.errors.PermissionDenied || system === "30") {
    return refuse(
      `${path} cannot be written: ${text}`,
      `name a folder that you may write to, or change its rights, ${again}`,
    );
  }
  return refuse(`${path} cannot be used: ${text}`, `look whether the folder is still there, ${again}`);
}

/** No space, no quota, a file larger than allowed; as Linux, macOS and Windows say it. */
const FULL = /no space left|not enough space|disk quota exceeded|file too large/i;
