import { uuidv7 } from "uuidv7";
import { TaskerError } from "../../core/errors.ts";
import { folderError, readMarker, syncFolder, writeWhole } from "../../services/evidence/folder.ts";
import { FORMAT, MAIL, MARKER, type Marker } from "../../services/evidence/layout.ts";
import { shortId } from "../run_lookup.ts";
import { type EvidenceManifest, MANIFEST, manifestIn, readManifestText, SUMS } from "./manifest.ts";

export interface Wanted {
  /** The id of the run whose messages are exported. */
  readonly source: string;
  readonly as: "eml" | "mbox";
  readonly attachments: boolean;
}

/** A folder that is ready: to be written to, or complete already. */
export type Prepared = { readonly type: "open"; readonly marker: Marker } | {
  readonly type: "sealed";
  readonly manifest: EvidenceManifest;
};

/**
 * Makes a folder (0700) ready for an export: a new or an empty one gets its marker, that of the same export is gone on with.
 * Throws CONFLICT when it holds anything else.
 */
export async function prepareFolder(path: string, wanted: Wanted): Promise<Prepared> {
  const names = await namesIn(path);
  const text = names.includes(MANIFEST) ? await manifestIn(path) : undefined;
  if (text !== undefined) return await goOnFromSealed(path, text, wanted);
  const marker = names.includes(MARKER) ? await readMarker(path) : undefined;
  if (marker !== undefined) {
    refuseAnother(path, marker, wanted);
    return { type: "open", marker };
  }
  // A marker that was being written when the process died.
  if (names.some((name) => name !== `${MARKER}.part`)) {
    throw new TaskerError("CONFLICT", `${path} is not empty, and holds no export`, {
      hint: "name a folder that is not there yet, or an empty one",
    });
  }
  return { type: "open", marker: await mark(path, { ...wanted, format: FORMAT, runs: [uuidv7()] }) };
}

/** A further run for an export whose last one ended without all messages. */
export async function markAnother(path: string, marker: Marker): Promise<Marker> {
  return await mark(path, { ...marker, runs: [...marker.runs, uuidv7()] });
}

async function goOnFromSealed(path: string, text: string, wanted: Wanted): Promise<Prepared> {
  const manifest = readManifestText(text);
  if (manifest === undefined) {
    throw new TaskerError("CONFLICT", `${path}/${MANIFEST} was changed since it was sealed`, {
      hint: "`tasker verify` says what else was; name another folder",
    });
  }
  const { as, attachments } = manifest;
  const was = { source: manifest.source.run, as, attachments, runs: manifest.exports.map(({ run }) => run) };
  refuseAnother(path, was, wanted);
  if (manifest.messages.failed === 0) {
    if (as === "mbox") removeSingles(`${path}/${MAIL}`);
    await remove(`${path}/${MARKER}`);
    return { type: "sealed", manifest };
  }
  const marker = await markAnother(path, { format: FORMAT, ...was });
  for (const name of [MANIFEST, SUMS]) await remove(`${path}/${name}`);
  return { type: "open", marker };
}

function refuseAnother(path: string, is: Omit<Marker, "format">, wanted: Wanted): void {
  const flags = ({ as, attachments }: Wanted) => `--${as}${attachments ? " --attachments" : ""}`;
  const [what, how] = is.source !== wanted.source
    ? [`the messages of run ${shortId(is.source)}, not those of ${shortId(wanted.source)}`, "name another folder"]
    : flags(is) !== flags(wanted)
    ? [`an export made with ${flags(is)}, not with ${flags(wanted)}`, "give the same flags, or name another folder"]
    : [];
  if (what !== undefined) throw new TaskerError("CONFLICT", `${path} holds ${what}`, { hint: how! });
}

async function mark(path: string, marker: Marker): Promise<Marker> {
  const { format, source, runs, as, attachments } = marker;
  const plain = { format, source, runs, as, attachments };
  try {
    await writeWhole(`${path}/${MARKER}`, new TextEncoder().encode(`${JSON.stringify(plain, null, 2)}\n`));
    await syncFolder(path);
  } catch (error) {
    throw folderError(path, error);
  }
  return plain;
}

/** The names in a folder, which is made when it is not there. */
async function namesIn(path: string): Promise<string[]> {
  try {
    await Deno.mkdir(path, { recursive: true, mode: 0o700 });
    return (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists || error instanceof Deno.errors.NotADirectory) {
      throw new TaskerError("USAGE", `${path} is no folder`, { hint: "name a folder with --to", cause: error });
    }
    throw folderError(path, error);
  }
}

/** Removes single messages, of which there are mbox files by now, and the folders that held them; tells whether anything is left. */
export function removeSingles(folder: string): boolean {
  let isLeft = false;
  for (const { name, isDirectory } of [...readFolder(folder)]) {
    const path = `${folder}/${name}`;
    if (isDirectory ? removeSingles(path) : !name.endsWith(".eml")) isLeft = true;
    else Deno.removeSync(path);
  }
  return isLeft;
}

function* readFolder(path: string): Generator<Deno.DirEntry> {
  try {
    yield* Deno.readDirSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

export async function remove(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
