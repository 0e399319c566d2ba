import { Buffer } from "node:buffer";
import { TaskerError } from "../../core/errors.ts";
import { nodeCrypto } from "../../store/node_crypto.ts";

const KEY_BYTES = 32;
const SALT_BYTES = 16;
/** OWASP's password storage cheat sheet names N=2^15, r=8, p=3 (32 MiB) among its minimum settings for scrypt. */
const SCRYPT = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 * 1024 };

/** Where the keystore's key comes from. */
export interface KeySource {
  /** In the words of an error's hint. */
  readonly described: string;
  /** The key; undefined when it was never made. */
  load(): Uint8Array | undefined;
  /** Makes what `load` reads. Call it while holding the database's write lock: two processes may be here at once. */
  create(): void;
}

/** The value of TASKER_KEYSTORE_KEY when there is one, otherwise the key file. */
export function keySource(params: { keyFile: string; env: string | undefined }): KeySource {
  const { keyFile, env } = params;
  if (env === undefined || env === "") return fileKey(keyFile);
  const raw = rawKey(env);
  return raw === undefined ? passphraseKey(env, `${keyFile}.salt`) : {
    described: "the key in TASKER_KEYSTORE_KEY",
    load: () => raw,
    create() {},
  };
}

/** The 32 bytes that a text spells in hex or base64 (either alphabet); undefined: the text is a passphrase. */
export function rawKey(text: string): Uint8Array | undefined {
  const trimmed = text.trim();
  if (/^[0-9a-f]{64}$/i.test(trimmed)) return Buffer.from(trimmed, "hex");
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed)) return undefined;
  return Buffer.from(trimmed.replaceAll("-", "+").replaceAll("_", "/"), "base64");
}

function fileKey(path: string): KeySource {
  return {
    described: `the key file ${path}`,
    load() {
      const text = readPrivate(path);
      if (text === undefined) return undefined;
      const key = rawKey(text);
      if (key === undefined) {
        throw new TaskerError("CREDENTIALS", `the key file ${path} holds no key of ${KEY_BYTES} bytes`, {
          hint: "restore it from a backup: what the keystore holds opens with that key only",
        });
      }
      return key;
    },
    create: () => writePrivate(path, nodeCrypto().randomBytes(KEY_BYTES).toString("base64")),
  };
}

/** The salt stands in a file of its own, so that the passphrase gives the same key in every process. */
function passphraseKey(passphrase: string, saltFile: string): KeySource {
  return {
    described: `the passphrase in TASKER_KEYSTORE_KEY with the salt in ${saltFile}`,
    load() {
      const text = readPrivate(saltFile);
      if (text === undefined) return undefined;
      const salt = Buffer.from(text.trim(), "hex");
      if (salt.length !== SALT_BYTES) {
        throw new TaskerError("CREDENTIALS", `${saltFile} holds no salt of ${SALT_BYTES} bytes`, {
          hint: "restore it from a backup: without it the passphrase gives another key",
        });
      }
      return nodeCrypto().scryptSync(passphrase, salt, KEY_BYTES, SCRYPT);
    },
    create: () => writePrivate(saltFile, nodeCrypto().randomBytes(SALT_BYTES).toString("hex")),
  };
}

/** The file's text; undefined when it is not there, or empty: its writer died before the first byte. */
function readPrivate(path: string): string | undefined {
  try {
    const { mode, isFile } = Deno.statSync(path);
    if (!isFile) {
      throw new TaskerError("CREDENTIALS", `${path} is not a file`, { hint: "the keystore's key belongs there" });
    }
    // Windows has no mode; there the folder of the user's profile is what keeps others out.
    if (Deno.build.os !== "windows" && mode !== null && (mode & 0o077) !== 0) {
      throw new TaskerError("CREDENTIALS", `${path} can be read by other users (mode ${(mode & 0o777).toString(8)})`, {
        hint: `run chmod 600 ${JSON.stringify(path)}; if others may have read it, set the keystore's values anew`,
      });
    }
    const text = Deno.readTextFileSync(path);
    return text === "" ? undefined : text;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw unreadable(path, error);
  }
}

function writePrivate(path: string, text: string): void {
  try {
    // An empty file is left by a writer that died; it is made anew, so that its mode is right.
    if (readPrivate(path) === undefined) removeIfThere(path);
    const file = Deno.openSync(path, { createNew: true, write: true, mode: 0o600 });
    try {
      const bytes = new TextEncoder().encode(`${text}\n`);
      for (let written = 0; written < bytes.length;) written += file.writeSync(bytes.subarray(written));
      // On the disk before anything that was sealed with it.
      file.syncSync();
    } finally {
      file.close();
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function unreadable(path: string, error: unknown): TaskerError {
  if (error instanceof TaskerError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new TaskerError("CREDENTIALS", `the keystore's file ${path} cannot be used: ${reason}`, {
    hint: "it must be readable and writable by you alone (mode 600)",
    cause: error,
  });
}
