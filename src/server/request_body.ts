import { Buffer } from "node:buffer";
import { TaskerError } from "../core/errors.ts";
import { isJsonObject, type JsonObject } from "../core/json.ts";

/** Bytes; also the most that the input of a run may be. */
const LARGEST = 1024 * 1024;
const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** The JSON object that a request brings. Throws TOO_LARGE as soon as it is known, INVALID_INPUT for what is no such object. */
export async function readObject(request: Request): Promise<JsonObject> {
  const bytes = await readBytes(request);
  let text: string;
  try {
    // Not by `request.text()`, which would put other characters in the place of broken ones.
    text = UTF8.decode(bytes);
  } catch (error) {
    throw invalid("is not text in UTF-8", error);
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw invalid("is not JSON", error);
  }
  if (!isJsonObject(body)) throw invalid("must be a JSON object");
  return body;
}

async function readBytes(request: Request): Promise<Uint8Array> {
  const { headers } = request;
  const announced = headers.has("transfer-encoding") ? null : headers.get("content-length");
  if (Number(announced) > LARGEST) throw tooLarge();
  try {
    // The server sees to it that a body is as long as was announced.
    return announced === null
      ? await readAtMost(LARGEST, request.body ?? [])
      : new Uint8Array(await request.arrayBuffer());
  } catch (error) {
    throw error instanceof TaskerError ? error : invalid("broke off before its end", error);
  }
}

async function readAtMost(most: number, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Uint8Array> {
  const read: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    // Leaving the loop cancels the stream.
    if (size > most) throw tooLarge();
    read.push(chunk);
  }
  return Buffer.concat(read);
}

function invalid(what: string, cause?: unknown): TaskerError {
  return new TaskerError("INVALID_INPUT", `the request's body ${what}`, {
    hint: 'send a JSON object, such as {"taskName": "gmail-search", "input": {}}',
    ...(cause === undefined ? {} : { cause }),
  });
}

function tooLarge(): TaskerError {
  return new TaskerError(
    "TOO_LARGE",
    "the request's body is larger than 1 MiB, the most that the input of a run or the data of a signal may be",
    { hint: "give the task what leads to the data, e.g. ids or a query, not the data itself" },
  );
}
