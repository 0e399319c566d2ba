import { isAbsolute, join } from "node:path";
import { TaskerError } from "../core/errors.ts";
import { parseAddressList } from "../mail/headers.ts";
import { splitMbox } from "../mail/mbox.ts";
import type { MessageHeader } from "../mail/message.ts";
import { parseMessage } from "../mail/mime.ts";
import type { Directory } from "./directory.ts";
import type { Mailboxes } from "./mailboxes.ts";
import type { DirectoryUser } from "./people.ts";

/** Real mail from `.eml` and `.mbox` files, delivered into mailboxes of the local Workspace. */

/** The messages of a file, or of all mail files below a folder, in order of path. */
export async function* readMail(path: string): AsyncGenerator<Uint8Array> {
  let info: Deno.FileInfo;
  try {
    info = await Deno.stat(path);
  } catch (cause) {
    throw new TaskerError("NOT_FOUND", `Mail could not be read from ${path}.`, {
      hint: "Give a folder of .eml files, one .eml file, or one .mbox file.",
      cause,
    });
  }
  if (!info.isDirectory) {
    const bytes = await Deno.readFile(path);
    if (isMbox(path, bytes)) yield* splitMbox(bytes);
    else yield bytes;
    return;
  }
  const names: string[] = [];
  for await (const entry of Deno.readDir(path)) {
    if (entry.isDirectory || /\.(eml|mbox)$/i.test(entry.name)) names.push(entry.name);
  }
  for (const name of names.sort()) yield* readMail(join(path, name));
}

/** A `From ` line at the start tells an mbox, whatever the file's name. */
function isMbox(path: string, bytes: Uint8Array): boolean {
  return /\.mbox$/i.test(path) || new TextDecoder("latin1").decode(bytes.subarray(0, 5)) === "From ";
}

const ADDRESS_HEADERS = ["delivered-to", "x-original-to", "to", "cc", "bcc", "from"];

/** The users a message was sent or delivered to, and the one who sent it: in that mailbox it lies as sent mail. */
function usersIn(headers: readonly MessageHeader[], directory: Directory): DirectoryUser[] {
  return headers.filter(({ name }) => ADDRESS_HEADERS.includes(name.toLowerCase()))
    .flatMap(({ value }) => parseAddressList(value))
    .map(({ address }) => directory.find(address))
    .filter((user) => user !== undefined && !user.deleted) as DirectoryUser[];
}

export interface LoadMailParams {
  paths: readonly string[];
  directory: Directory;
  mailboxes: Mailboxes;
  /** Gets what is addressed to nobody here; every user when left out. */
  fallbackUser?: DirectoryUser | undefined;
  /** ms: of messages that carry no date. */
  now: number;
}

/** Delivers all mail of the paths; gives how many messages there were. */
export async function loadMail(params: LoadMailParams): Promise<number> {
  const { directory, mailboxes, fallbackUser, now } = params;
  const everyone = fallbackUser === undefined ? directory.users() : [fallbackUser];
  let count = 0;
  for (const path of params.paths) {
    for await (const raw of readMail(isAbsolute(path) ? path : join(Deno.cwd(), path))) {
      const parsed = parseMessage(raw);
      const reached = new Set(usersIn(parsed.payload.headers, directory));
      for (const user of reached.size > 0 ? reached : everyone) {
        mailboxes.of(user).add({ raw, parsed, receivedAt: now });
      }
      count++;
    }
  }
  return count;
}
