import { TaskerError } from "../../core/errors.ts";
import { received } from "../outgoing.ts";

/** Bytes of a response's body, after decompression. */
export const LARGEST_BODY = 16 * 1024 * 1024;

/** The whole body; TOO_LARGE as soon as it is more than the limit, and the rest is not read. */
export async function readBody(response: Response, host: string): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.length;
    received(host, chunk.length);
    // Leaving the loop cancels the stream.
    if (size > LARGEST_BODY) throw tooLarge(host);
    chunks.push(chunk);
  }
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}

export function tooLarge(host: string): TaskerError {
  return new TaskerError("TOO_LARGE", `what ${host} answered is over 16 MiB`, {
    hint: "ask for less at a time: a page, or a Range header",
  });
}
