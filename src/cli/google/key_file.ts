import { TaskerError } from "../../core/errors.ts";
import type { Context } from "../context.ts";

/** A service account's key file. Holds a secret. */
export interface KeyFile {
  /** Without links. */
  readonly path: string;
  readonly text: string;
  readonly clientEmail: string;
  readonly clientId: string;
}

/** Reads and checks a key file; throws what is wrong with it, and nothing of what it holds. */
export async function readKeyFile(given: string, context: Context): Promise<KeyFile> {
  const path = withoutTilde(given.replace(/^(["'])(.*)\1$/, "$2"), context.env("HOME"));
  const text = (await context.readFile(path)).trim();
  const { accountIn } = await import("../../services/gapi/credentials.ts");
  const account = accountIn(text);
  if (typeof account !== "string") return { path: await Deno.realPath(path), text, ...account };
  throw new TaskerError("CREDENTIALS", `${path} is no service-account key: ${account}`, {
    hint: "it is made on the service account's page: Keys → Add key → Create new key → JSON",
  });
}

export async function deleteKeyFile({ path }: KeyFile): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    throw new TaskerError("USAGE", `${path} could not be deleted: ${(error as Error).message}`, {
      hint: "the keystore has the key; delete the file yourself",
      cause: error,
    });
  }
}

/** At a question no shell has put the home folder in. */
function withoutTilde(path: string, home: string | undefined): string {
  return home !== undefined && path.startsWith("~/") ? `${home}${path.slice(1)}` : path;
}
