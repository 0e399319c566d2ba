import { Buffer } from "node:buffer";
import { type SerializedError, TaskerError } from "../../core/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import { sha256 } from "../../store/sha256.ts";
import { bodyText, type ReadablePart } from "../../mail/body_text.ts";
import { readableHeader } from "../../mail/headers.ts";
import type { MessageHeader } from "../../mail/message.ts";
import type { Outcome } from "../contract.ts";
import { RECORD_KIND } from "../records.ts";
import { makeError } from "./failure.ts";
import { interruption } from "./outcomes.ts";
import { LARGEST_ANSWER } from "./request_gate.ts";
import type { Answer, Operation, Requester } from "./requester.ts";

/** The most ids of one call, and its requests in flight: Google's advice for one mailbox. */
const MOST_IDS = 50;
const IN_FLIGHT = 5;

const FORMATS: readonly Json[] = ["minimal", "full", "raw", "metadata"];
const PARAMS = ["userId", "ids", "format", "metadataHeaders", "fields", "namespace", "bodies"];
/** Characters of a body that are kept. */
const LONGEST_BODY = 100_000;

/** What `gmail.users.messages.getMany` asks for. */
export interface ManyParams {
  readonly ids: readonly string[];
  /** The kind of records that texts of bodies are kept as: they do not become part of the answer. */
  readonly bodies: string | undefined;
  /** Parameters of each `gmail.users.messages.get`, without the id. */
  readonly each: JsonObject;
}

/** `text`: that of the body, when it is kept; the progress of a call, with which it waits, is forgotten when the call has ended. */
type Settled = { readonly id: string; readonly ok: boolean; readonly text?: string; readonly [field: string]: Json };

/** Checks the parameters; throws INVALID_INPUT. */
export function readManyParams(params: JsonObject): ManyParams {
  const invalid = (message: string) => new TaskerError("INVALID_INPUT", `gmail.users.messages.getMany: ${message}`);
  const unknown = Object.keys(params).find((name) => !PARAMS.includes(name));
  if (unknown !== undefined) {
    throw invalid(`there is no parameter ${JSON.stringify(unknown.slice(0, 40))}; there are ${PARAMS.join(", ")}.`);
  }
  const { ids, format, metadataHeaders, fields, bodies } = params;
  if (!isTexts(ids) || ids.some((id) => id === "")) throw invalid("ids is no list of message ids.");
  if (ids.length > MOST_IDS) throw invalid(`${ids.length} ids are more than the ${MOST_IDS} one call may ask for.`);
  if (format !== undefined && !FORMATS.includes(format)) throw invalid(`format is none of ${FORMATS.join(", ")}.`);
  if (metadataHeaders !== undefined && !isTexts(metadataHeaders)) throw invalid("metadataHeaders is no list of names.");
  if (fields !== undefined && typeof fields !== "string") throw invalid("fields is no mask.");
  if (bodies !== undefined && (typeof bodies !== "string" || !RECORD_KIND.test(bodies) || format !== "full")) {
    throw invalid("bodies is no kind of records, or format is not full.");
  }
  const { ids: _ids, namespace: _namespace, bodies: _bodies, ...each } = params;
  return { ids, bodies, each };
}

/**
 * Gets up to 50 messages one by one. Ids answered before an interruption are kept as progress, and not asked again. With `bodies`
 * the texts of bodies are kept as records of that kind, `{ mailbox, id, sha256, characters, text }`, and a message has
 * `body: { seq, sha256, characters }` instead: which record it is.
 */
export async function getMany(params: {
  many: ManyParams;
  operation: Operation;
  requester: Requester;
  ticket: string;
  signal: AbortSignal;
  progress: Json | undefined;
}): Promise<Outcome> {
  const { many, operation, requester, ticket, signal } = params;
  const settled = readProgress(params.progress, many.ids);
  const queue = [...new Set(many.ids)].filter((id) => !settled.has(id));
  let bytes = [...settled.values()].reduce((sum, entry) => sum + sizeOf(entry), 0);
  let ended: Exclude<Answer, { type: "data" }> | undefined;

  const work = async () => {
    for (let id = queue.shift(); id !== undefined && ended === undefined; id = queue.shift()) {
      const answer = await requester.ask(operation, {
        params: { ...many.each, id },
        signal,
        ticket,
        ahead: queue.length,
      });
      const entry = settle(id, answer, many);
      if (entry === undefined) {
        ended = moreTelling(ended, answer as Exclude<Answer, { type: "data" }>);
        return;
      }
      settled.set(id, entry);
      bytes += sizeOf(entry);
      if (bytes > LARGEST_ANSWER) ended = { type: "final", error: tooLarge(settled.size, many.ids.length) };
    }
  };
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, queue.length) }, work));

  if (ended === undefined) {
    if (many.bodies !== undefined) return keeping(many, settled);
    return { type: "result", value: { messages: many.ids.map((id) => settled.get(id)!) } };
  }
  const progress: Json = { messages: [...settled.values()] };
  if (ended.type === "wait") return { ...ended, progress };
  if (ended.type === "final") return { type: "error", error: ended.error };
  if (ended.type === "interrupted") return { ...interruption(operation, signal), progress };
  return { type: "error", error: ended.error, retry: ended.at === undefined ? {} : { at: ended.at }, progress };
}

/** How many messages an attempt asks for. */
export function messagesAhead(params: JsonObject, progress: Json | undefined): number {
  const { ids } = readManyParams(params);
  return new Set(ids).size - readProgress(progress, ids).size;
}

/** What becomes of one id; undefined when the answer is not about this message but ends the whole call. */
function settle(id: string, answer: Answer, { each, bodies }: ManyParams): Settled | undefined {
  if (answer.type === "data") {
    const message = readable(answer.data, each);
    const got = isJsonObject(message) && typeof message.id === "string" ? message.id : id;
    if (got === id) return bodies === undefined ? { id, ok: true, message } : withoutBody(id, message);
    return failed(id, makeError("INTERNAL", `Google answered message ${id} with another message.`, {}));
  }
  if (answer.type !== "final") return undefined;
  const { code, message } = answer.error;
  const ofMessage = code === "NOT_FOUND" || code === "TOO_LARGE" ||
    (code === "INVALID_INPUT" && /invalid id/i.test(message));
  return ofMessage ? failed(id, answer.error) : undefined;
}

/**
 * A message whose headers say what people read: encoded words that Gmail has left as they came are decoded. `full` gives all
 * headers whatever is asked for; those that are not asked for go no further.
 */
function readable(message: Json, { format, metadataHeaders }: JsonObject): Json {
  const payload = isJsonObject(message) ? message.payload : undefined;
  if (!isJsonObject(payload) || !Array.isArray(payload.headers)) return message;
  const wanted = format === "full" && isTexts(metadataHeaders)
    ? new Set(metadataHeaders.map((name) => name.toLowerCase()))
    : undefined;
  const headers = (payload.headers as unknown as MessageHeader[])
    .filter(({ name }) => wanted?.has(name.toLowerCase()) ?? true)
    .map((header) => ({ ...readableHeader(header) }));
  return { ...message as JsonObject, payload: { ...payload, headers } };
}

/** A message whose text is apart from it; data of parts go no further. */
function withoutBody(id: string, message: Json): Settled {
  const payload = isJsonObject(message) && isJsonObject(message.payload) ? message.payload : {};
  const bare = (part: JsonObject): JsonObject => {
    const { body, parts } = part;
    return {
      ...part,
      ...(isJsonObject(body)
        ? { body: Object.fromEntries(Object.entries(body).filter(([name]) => name !== "data")) }
        : {}),
      ...(Array.isArray(parts) ? { parts: (parts as JsonObject[]).map(bare) } : {}),
    };
  };
  return {
    id,
    ok: true,
    message: { ...message as JsonObject, payload: bare(payload) },
    text: bodyText(payload as ReadablePart),
  };
}

/** Keeps the texts as records, in the transaction that completes the call; of each message only which record, its hash and length. */
function keeping({ ids, bodies: kind, each }: ManyParams, settled: ReadonlyMap<string, Settled>): Outcome {
  return {
    type: "effect",
    apply(store, { run, frame }) {
      const kept = new Map<string, Json>();
      for (const [id, { text, message, ...entry }] of settled) {
        if (text === undefined) continue;
        const about = { sha256: sha256(text), characters: text.length };
        const row = { mailbox: each.userId ?? null, id, ...about, text: text.slice(0, LONGEST_BODY).toWellFormed() };
        const seq = store.records.append({ run, frame, kind: kind!, rows: [row] });
        kept.set(id, { ...entry, message: { ...message as JsonObject, body: { seq, ...about } } });
      }
      return { messages: ids.map((id) => kept.get(id) ?? settled.get(id)!) };
    },
  };
}

function failed(id: string, error: SerializedError): Settled {
  return { id, ok: false, error: JSON.parse(JSON.stringify(error)) as Json };
}

/** Of several reasons to stop: a final one, then the later wait. */
function moreTelling<T extends { type: string; until?: number }>(one: T | undefined, other: T): T {
  if (one === undefined || other.type === "final") return other;
  return one.type === "wait" && other.type === "wait" && other.until! > one.until! ? other : one;
}

/** Answers of earlier attempts by id. What is no such answer is asked again. */
function readProgress(progress: Json | undefined, ids: readonly string[]): Map<string, Settled> {
  const entries = isJsonObject(progress) && Array.isArray(progress.messages)
    ? progress.messages as readonly Json[]
    : [];
  const settled = entries.filter((entry): entry is Settled =>
    isJsonObject(entry) && typeof entry.id === "string" && typeof entry.ok === "boolean" && ids.includes(entry.id)
  );
  return new Map(settled.map((entry) => [entry.id, entry]));
}

function tooLarge(got: number, asked: number): SerializedError {
  const message = `gmail.users.messages.getMany: ${got} of ${asked} messages are already larger than 16 MiB together.`;
  const hint = "Ask for fewer ids in one call, for format metadata, or for less of each message with fields.";
  return makeError("TOO_LARGE", message, {}, hint);
}

/** In the answer, where a text is not. */
function sizeOf({ text: _text, ...entry }: Settled): number {
  return Buffer.byteLength(JSON.stringify(entry)) + 1;
}

function isTexts(value: Json | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
