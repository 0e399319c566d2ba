import { TaskerError } from "../../core/errors.ts";
import type { GoogleFailure } from "./failure.ts";
import { cleanWords } from "./server_words.ts";

/** A request that Google refused or did not answer. Holds nothing of the request itself, which carries secrets. */
export class GoogleRequestFailed extends Error {
  override readonly name = "GoogleRequestFailed";
  readonly failure: GoogleFailure;

  constructor(failure: GoogleFailure) {
    super(`The ${failure.from} request failed.`);
    this.failure = failure;
  }

  static unanswered(from: GoogleFailure["from"], cause: unknown): Error {
    if (cause instanceof TaskerError) return cause;
    // Newer versions of Deno say no more than "fetch failed" on the outside.
    const inner = cause instanceof TypeError && cause.cause instanceof Error ? cause.cause : cause;
    return new GoogleRequestFailed({ from, status: undefined, body: undefined, headers: undefined, cause: inner });
  }

  /** What something thrown by Google's libraries says: a GaxiosError when a request was made, otherwise a plain Error. */
  static from(from: GoogleFailure["from"], thrown: unknown): Error {
    if (thrown instanceof TaskerError || thrown instanceof GoogleRequestFailed) return thrown;
    if (!(thrown instanceof Error) || !("config" in thrown)) return unsent(from, thrown);
    const { response, cause } = thrown as
      & { response?: { status?: unknown; data?: unknown; headers?: unknown } }
      & Error;
    if (typeof response?.status !== "number") return GoogleRequestFailed.unanswered(from, cause ?? thrown);
    return new GoogleRequestFailed({
      from,
      status: response.status,
      body: response.data,
      headers: response.headers instanceof Headers ? response.headers : undefined,
      cause: undefined,
    });
  }
}

/** The library refused its input before it sent anything. */
function unsent(from: GoogleFailure["from"], thrown: unknown): TaskerError {
  if (from === "token") {
    // What a signing library says may quote the key.
    return new TaskerError("CREDENTIALS", "The private key of GAPI_KEY cannot sign.", {
      hint: "Run: tasker keystore set GAPI_KEY --file key.json (a new key of the service account).",
    });
  }
  const words = cleanWords(thrown instanceof Error ? thrown.message : String(thrown));
  return new TaskerError("INVALID_INPUT", `Google's client refused the arguments: ${words}`);
}
