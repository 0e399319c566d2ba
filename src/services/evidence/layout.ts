import { sha256 } from "../../store/sha256.ts";
import { keyName } from "../../mail/file_names.ts";

/** How a folder of evidence is laid out. Nothing that a mail says is part of a path, but for the safe names of attachments. */

/** What an export writes into its folder before anything else, and takes away at its end: who has it may write there. */
export const MARKER = "export.json";

/** The content of the marker. */
export interface Marker {
  readonly format: typeof FORMAT;
  /** The run whose messages are exported. */
  readonly source: string;
  /** The runs that export them: the last one is at work, those before it ended without all of them. */
  readonly runs: readonly string[];
  readonly as: "eml" | "mbox";
  readonly attachments: boolean;
}

export const FORMAT = "tasker-evidence/1";

export const MAIL = "mail";
export const ATTACHMENTS = "attachments";
/** The ending of what is being written. */
export const PART = ".part";

/** The folder of a mailbox below `mail/` and `attachments/`. */
export function mailboxName({ tenant, mailbox }: { tenant?: string | undefined; mailbox: string }): string {
  const name = keyName(mailbox, sha256);
  return tenant === undefined ? name : `${keyName(tenant, sha256)}/${name}`;
}

export function messageName(id: string): string {
  return keyName(id, sha256);
}
