import { Buffer } from "node:buffer";
import { type Clock, systemClock } from "../../core/clock.ts";
import { TaskerError } from "../../core/errors.ts";
import { isJsonObject, type Json } from "../../core/json.ts";
import type { Store } from "../../store/store.ts";
import { storedJson } from "../../store/stored_json.ts";
import { type KeySource, keySource } from "./key_source.ts";
import { checkName, entryName } from "./names.ts";
import { seal, unseal } from "./seal.ts";

/** Bytes of one value, in UTF-8. */
export const LARGEST_VALUE = 1024 * 1024;
/** What a value sealed for the journal is bound to. No entry is called so: entries have a "/". */
const JOURNAL = "$journal";

export interface KeystoreOptions {
  readonly store: Store;
  /** Made at first use (0600). Default: the database's path with `.key` behind. A passphrase's salt is in `<keyFile>.salt`. */
  readonly keyFile?: string;
  /** The value of TASKER_KEYSTORE_KEY: 32 bytes in hex or base64, or any other text: a passphrase. */
  readonly env?: string | undefined;
  readonly clock?: Clock;
}

/**
 * Secrets by namespace and name, sealed with AES-256-GCM and bound to their place: a value copied to another name does
 * not open. The key is read when something is first sealed or opened; listing and deleting need none.
 * Errors: INVALID_INPUT (names, values), CREDENTIALS (the key is missing, unreadable or another one).
 */
export class Keystore {
  readonly #store: Store;
  readonly #source: KeySource;
  readonly #clock: Clock;
  #key: Uint8Array | undefined;
  /** Whether the key is known to be the one that this keystore is sealed with. */
  #proven = false;

  constructor({ store, keyFile = `${store.db.path}.key`, env, clock = systemClock }: KeystoreOptions) {
    this.#store = store;
    this.#source = keySource({ keyFile, env });
    this.#clock = clock;
  }

  /** Keeps a text of at most 1 MiB, replacing what was there. Joins the transaction that is open, if one is. */
  set(namespace: string, name: string, value: string): void {
    const entry = entryName(namespace, name);
    checkValue(entry, value);
    this.#store.db.transaction(() => {
      const sealed = seal(this.#keyForSealing(), value, entry);
      this.#store.keystore.put({ namespace, name, sealed, now: this.#clock.now() });
    });
  }

  /** The text, or undefined when there is no such entry. */
  get(namespace: string, name: string): string | undefined {
    const entry = entryName(namespace, name);
    const sealed = this.#store.keystore.get(namespace, name);
    return sealed && this.#open(sealed, entry, `the keystore entry ${entry}`);
  }

  has(namespace: string, name: string): boolean {
    entryName(namespace, name);
    return this.#store.keystore.get(namespace, name) !== undefined;
  }

  /** Whether there was such an entry. */
  delete(namespace: string, name: string): boolean {
    entryName(namespace, name);
    return this.#store.keystore.delete(namespace, name);
  }

  /** The entries of a namespace by name, without their values. Times in ms. */
  list(namespace: string): { name: string; createdAt: number; updatedAt: number }[] {
    checkName("namespace", namespace);
    return this.#store.keystore.list(namespace);
  }

  namespaces(): { namespace: string; entries: number }[] {
    return this.#store.keystore.namespaces();
  }

  /** How a plain secret is written into the journal: `{ "$sealed": "<base64>" }`. */
  sealForJournal(text: string): Json {
    const key = this.#proven ? this.#key! : this.#store.db.transaction(() => this.#keyForSealing());
    return { $sealed: Buffer.from(seal(key, text, JOURNAL)).toString("base64") };
  }

  /** The text that `sealForJournal` sealed; undefined when the value is none of its making. */
  openFromJournal(value: Json): string | undefined {
    if (!isJsonObject(value) || Object.keys(value).length !== 1 || typeof value.$sealed !== "string") return undefined;
    return this.#open(Buffer.from(value.$sealed, "base64"), JOURNAL, "a secret in the journal");
  }

  /** A recorded result as its realm gets to see it: JSON text in, JSON text out. */
  reveal(json: string): string {
    if (!json.startsWith('{"$sealed":')) return json;
    const text = this.openFromJournal(storedJson(json));
    return text === undefined ? json : JSON.stringify(text);
  }

  #open(sealed: Uint8Array, context: string, what: string): string {
    this.#key ??= this.#source.load();
    const text = this.#key && unseal(this.#key, sealed, context);
    if (text === undefined) throw this.#doesNotOpen(what);
    this.#proven = true;
    return text;
  }

  /** Inside a write transaction only: of two processes that make the key, one waits and then reads the other's. */
  #keyForSealing(): Uint8Array {
    this.#key ??= this.#source.load();
    if (this.#key !== undefined && this.#proven) return this.#key;
    // Two keys in one keystore would leave one half of it unreadable for good.
    const entry = this.#store.keystore.any();
    if (entry !== undefined) {
      const name = entryName(entry.namespace, entry.name);
      this.#open(entry.sealed, name, `the keystore entry ${name}`);
    }
    if (this.#key === undefined) {
      this.#source.create();
      this.#key = this.#source.load()!;
    }
    this.#proven = true;
    return this.#key;
  }

  #doesNotOpen(what: string): TaskerError {
    const { described } = this.#source;
    return this.#key === undefined
      ? new TaskerError("CREDENTIALS", `${what} cannot be opened: ${described} is not there`, {
        hint:
          "restore it, set TASKER_KEYSTORE_KEY if the entries were sealed with that, or delete the keystore's entries " +
          "and set them anew",
      })
      : new TaskerError("CREDENTIALS", `${what} does not open with ${described}`, {
        hint: "it was sealed with another key or has been changed: give the key it was sealed with " +
          "(the key file or TASKER_KEYSTORE_KEY), or delete the entry and set it anew",
      });
  }
}

function checkValue(entry: string, value: unknown): asserts value is string {
  const refuse = (code: "INVALID_INPUT" | "TOO_LARGE", why: string, hint: string) => {
    throw new TaskerError(code, `the value for ${entry} ${why}`, { hint });
  };
  if (typeof value !== "string") return refuse("INVALID_INPUT", "is no text", "give a string");
  if (!value.isWellFormed()) return refuse("INVALID_INPUT", "is no valid text", "binary values go in as base64");
  if (Buffer.byteLength(value) > LARGEST_VALUE) {
    refuse("TOO_LARGE", "is over 1 MiB", "a keystore is for keys: put large data elsewhere");
  }
}
