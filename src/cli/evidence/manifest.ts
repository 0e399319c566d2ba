import { TaskerError } from "../../core/errors.ts";
import { canonicalJson, isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import { sha256 } from "../../store/sha256.ts";
import { FORMAT } from "../../services/evidence/layout.ts";

export const MANIFEST = "manifest.json";
export const SUMS = "SHA256SUMS";

/** A run as the manifest tells of it. */
export interface ManifestRun {
  readonly run: string;
  readonly task: string;
  readonly version: number;
  /** sha-256 of the task's code and manifest. */
  readonly code: string;
  readonly status: string;
  readonly input: Json;
  readonly reason: string | null;
  readonly who: string | null;
  readonly submittedAt: string;
  readonly endedAt: string | null;
}

/** `manifest.json`: what the folder holds. It seals itself: `seal` is the sha-256 of all else in it. */
export interface EvidenceManifest {
  readonly format: typeof FORMAT;
  readonly sealedAt: string;
  readonly source: ManifestRun;
  readonly exports: readonly ManifestRun[];
  readonly as: "eml" | "mbox";
  readonly attachments: boolean;
  readonly versions: { readonly tasker: string; readonly deno: string; readonly system: string };
  readonly sealedBy: string;
  readonly messages: {
    readonly mailboxes: number;
    readonly exported: number;
    /** Of the messages, as they are. */
    readonly bytes: number;
    readonly attachments: number;
    readonly vanished: number;
    readonly failed: number;
  };
  /** Users of the search's coverage by status. */
  readonly coverage: Readonly<Record<string, number>>;
  /** The audit log up to the sealing. */
  readonly audit: { readonly entries: number; readonly head: string | null };
  /** How many files SHA256SUMS lists, and its own sha-256. */
  readonly files: number;
  readonly sums: string;
  readonly seal: string;
}

export function sealed(manifest: Omit<EvidenceManifest, "seal">): EvidenceManifest {
  return { ...manifest, seal: sealOf(manifest as unknown as JsonObject) };
}

/** The one text that a manifest has. */
export function manifestText(manifest: EvidenceManifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** Reads `manifest.json`'s text; undefined when a byte of it is not as it was sealed. */
export function readManifestText(text: string): EvidenceManifest | undefined {
  let manifest: Json;
  try {
    manifest = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  if (!isJsonObject(manifest)) return undefined;
  const { seal, ...rest } = manifest;
  if (manifest.format !== FORMAT || seal !== sealOf(rest)) return undefined;
  const whole = manifest as unknown as EvidenceManifest;
  return manifestText(whole) === text ? whole : undefined;
}

/** The text of a folder's manifest; undefined when it has none. */
export async function manifestIn(folder: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(`${folder}/${MANIFEST}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new TaskerError("USAGE", `${folder}/${MANIFEST} cannot be read: ${(error as Error).message}`, {
      hint: "name a folder that you may read",
      cause: error,
    });
  }
}

function sealOf(rest: JsonObject): string {
  return sha256(canonicalJson(rest));
}
