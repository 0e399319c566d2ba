import { requireOwnMailbox } from "./gmail-search/own_mailbox.ts";

/**
 * Saves the messages that a search has found, byte for byte, into a folder that `tasker export` has prepared. Raw mail never
 * enters the journal: of each message it has the file, its size and its SHA-256.
 *
 * Keeps records of the kinds `exported` (one a message on the disk), `vanished` (one a message that is no longer there) and
 * `unexported` (messages of a mailbox that could not be read, with the reason).
 */

export const manifest = {
  description: "Save the messages that a search has found as files; used by `tasker export`",
  services: ["gapi", "records", "run", "evidence"],
  namespaces: ["default"],
  input: {
    type: "object",
    additionalProperties: false,
    required: ["run", "folder"],
    properties: {
      run: { type: "string", minLength: 1, description: "The id of the run whose messages are saved" },
      folder: { type: "string", minLength: 1, description: "Where to; `tasker export` prepares it" },
      earlier: {
        type: "array",
        items: { type: "string" },
        default: [],
        description: "Exports into the same folder that ended before they were complete",
      },
      tenants: {
        type: "array",
        items: { type: "string", minLength: 1 },
        uniqueItems: true,
        description: "Keystore namespaces that hold the credentials of the tenants searched",
        "x-namespaces": true,
      },
    },
  },
};

interface Input {
  run: string;
  folder: string;
  earlier?: string[];
}

interface Mailbox {
  tenant?: string;
  mailbox: string;
}

interface CallError {
  code?: string;
  message: string;
  details?: { reason?: string };
}

interface SavedFile {
  file: string;
  size: number;
  sha256: string;
  attachments?: object[];
}

type Saved = { id: string; ok: true; message: { id: string } & SavedFile } | {
  id: string;
  ok: false;
  error: CallError;
};

export interface Tools {
  gapi: {
    gmail: {
      users: {
        getProfile(params: object, options?: object): Promise<{ emailAddress: string }>;
        messages: { saveMany(params: object, options?: object): Promise<{ messages: Saved[] }> };
      };
    };
  };
  evidence: {
    found(params: object): Promise<{ mailboxes: (Mailbox & { ids: string[] })[]; next: number | null }>;
  };
  records: { append(kind: string, rows: readonly object[]): Promise<unknown> };
  run: { progress(done: number, total: number, words: { unit: string; note: string }): Promise<unknown> };
}

declare const tools: Tools;

/** Messages in one call: a process that is killed fetches at most those of the calls in flight again. */
const MANY = 20;
/** Ids in one record of messages that could not be read. */
const LISTED = 500;
/** Between two words of progress, ms. */
const PROGRESS_EVERY = 250;

export default async function gmailExport({ run, folder, earlier = [] }: Input) {
  const boxes = await listed("message");
  // Those that the search itself had found and could no longer get.
  const gone = await listed("message_gone");
  for (const before of earlier) {
    for (const kind of ["exported", "vanished"]) {
      await eachPage(before, kind, (box, ids) => {
        for (const id of ids) for (const map of [boxes, gone]) map.get(keyOf(box))?.ids.delete(id);
      });
    }
  }
  const totals = { exported: 0, bytes: 0, attachments: 0, vanished: 0, failed: 0 };
  for (const { ids, ...box } of gone.values()) await vanish(box, [...ids], "deleted before the search could read it");
  const all = [...boxes.values()].reduce((sum, { ids }) => sum + ids.size, 0);
  let done = 0;
  let told = Number.NEGATIVE_INFINITY;
  await Promise.all([...boxes.values()].filter(({ ids }) => ids.size > 0).map(exportMailbox));
  return { run, folder, ...totals };

  /** Saves what is left of one mailbox; what goes wrong with it leaves the others alone, unless it is the folder's fault. */
  async function exportMailbox({ ids, ...box }: Mailbox & { ids: Set<string> }): Promise<void> {
    const left = [...ids];
    const options = box.tenant === undefined ? {} : { namespace: box.tenant };
    try {
      requireOwnMailbox(box.mailbox, await tools.gapi.gmail.users.getProfile({ userId: box.mailbox }, options));
      while (left.length > 0) {
        const { messages } = await tools.gapi.gmail.users.messages.saveMany({
          userId: box.mailbox,
          ids: left.slice(0, MANY),
          folder,
        }, options);
        left.splice(0, messages.length);
        done += messages.length;
        await Promise.all([keep(box, messages), progress()]);
      }
    } catch (error) {
      const refusal = error as CallError;
      if (refusal.code === "CANCELLED" || refusal.details?.reason === "folder") throw error;
      await fail(box, left, refusal);
    }
  }

  async function keep(box: Mailbox, messages: Saved[]): Promise<void> {
    const rows: object[] = [];
    const gone: string[] = [];
    for (const item of messages) {
      if (item.ok) {
        rows.push({ ...box, ...item.message });
        totals.bytes += item.message.size;
        totals.attachments += item.message.attachments?.length ?? 0;
      } else if (item.error.code === "NOT_FOUND") gone.push(item.id);
      else await fail(box, [item.id], item.error);
    }
    totals.exported += rows.length;
    await Promise.all([
      rows.length > 0 ? tools.records.append("exported", rows) : undefined,
      vanish(box, gone, "deleted since the search"),
    ]);
  }

  async function vanish(box: Mailbox, ids: string[], reason: string): Promise<void> {
    totals.vanished += ids.length;
    if (ids.length > 0) await tools.records.append("vanished", ids.map((id) => ({ ...box, id, reason })));
  }

  async function fail(box: Mailbox, ids: string[], { code = "INTERNAL", message }: CallError): Promise<void> {
    totals.failed += ids.length;
    for (let start = 0; start < ids.length; start += LISTED) {
      await tools.records.append("unexported", [{
        ...box,
        ids: ids.slice(start, start + LISTED),
        reason: code,
        message,
      }]);
    }
  }

  /** The messages of the run's rows of a kind, by mailbox. */
  async function listed(kind: string): Promise<Map<string, Mailbox & { ids: Set<string> }>> {
    const boxes = new Map<string, Mailbox & { ids: Set<string> }>();
    await eachPage(run, kind, (box, ids) => {
      const known = boxes.get(keyOf(box)) ?? { ...box, ids: new Set<string>() };
      boxes.set(keyOf(box), known);
      for (const id of ids) known.ids.add(id);
    });
    return boxes;
  }

  async function progress(): Promise<void> {
    if (Date.now() - told < PROGRESS_EVERY && done < all) return;
    told = Date.now();
    await tools.run.progress(done, all, { unit: "messages", note: `${boxes.size} mailboxes` });
  }
}

async function eachPage(run: string, kind: string, work: (box: Mailbox, ids: string[]) => void): Promise<void> {
  for (let after: number | null = 0; after !== null;) {
    const { mailboxes, next } = await tools.evidence.found({ run, kind, after });
    for (const { ids, ...box } of mailboxes) work(box, ids);
    after = next;
  }
}

function keyOf({ tenant = "", mailbox }: Mailbox): string {
  return `${tenant}\n${mailbox}`;
}
