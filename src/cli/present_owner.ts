import type { Context } from "./context.ts";

/** How long an owner may take to say that it is there, ms. */
const PATIENCE = 2_000;

/** The process that owns a database now. */
export interface PresentOwner {
  readonly pid: number;
  /** null: it has not said where it answers. */
  readonly url: string | null;
  readonly since: number;
  /** Whether its server does. */
  readonly answers: boolean;
}

/**
 * The owner of this moment, null when there is none. Whether somebody holds the lock is known only by trying it: for an instant
 * this process is the owner, and does nothing. `row`: what the file says of its last owner.
 */
export async function presentOwner(
  context: Context,
  database: string,
  row: { pid: number; since: number },
): Promise<PresentOwner | null> {
  const { acquireOwnership } = await import("../store/ownership.ts");
  const free = acquireOwnership(database);
  if (free !== undefined) {
    free.release();
    return null;
  }
  const address = await context.readAddress(database);
  if (address === undefined) return { pid: row.pid, since: row.since, url: null, answers: false };
  const client = await context.connect(address);
  const answers = await client.health({ timeout: PATIENCE }).then(() => true, () => false);
  return { pid: address.pid, since: row.since, url: address.url, answers };
}
