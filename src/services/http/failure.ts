import { serializeError, TaskerError } from "../../core/errors.ts";
import type { Outcome } from "../contract.ts";

/** A connection that was never made: nothing was sent. In Deno's words, which both supported versions use. */
const NEVER_CONNECTED = /client error \(Connect\)/;
/** The fetch standard's "bad port" (https://fetch.spec.whatwg.org/#port-blocking): refused before anything is sent. */
const BLOCKED_PORT = /Requests to port \d+ are blocked/;

/**
 * What a request that got no whole answer comes to: tried again when that is harmless, because it may be repeated or
 * nothing was sent; otherwise final, for it may have been carried out. `target` names the request without its secrets;
 * `requests` counts those that were made, redirects included; `aborted`: the engine gave the attempt up.
 */
export function networkFailure(params: {
  error: unknown;
  target: string;
  requests: number;
  repeatable: boolean;
  aborted: boolean;
  redact: (text: string) => string;
}): Outcome {
  const { error, target, requests, repeatable, aborted, redact } = params;
  const nothingSent = requests <= 1 && NEVER_CONNECTED.test(causes(error));
  const reason = redact(reasonOf(error));
  if (BLOCKED_PORT.test(causes(error))) {
    const refused = new TaskerError("HOST_REFUSED", `${target} was not sent: no fetch goes to this port`, {
      hint: "let the server listen on another one: browsers and Deno refuse the ports of old protocols",
    });
    return { type: "error", error: serializeError(refused) };
  }
  if (repeatable || nothingSent) {
    const failure = aborted
      ? new TaskerError("TIMEOUT", `${target} was given up: ${reason}`, {
        hint: "give a longer timeout if the host is slow",
      })
      : new TaskerError("UNAVAILABLE", `${target} failed: ${reason}`, {
        hint: "check that the host is up and can be reached from here",
      });
    return { type: "error", error: serializeError(failure), retry: {} };
  }
  const unknown = new TaskerError("OUTCOME_UNKNOWN", `${target} broke off and may have been carried out: ${reason}`, {
    hint: "give idempotencyKey: true if the server knows such keys; the call is then repeated safely",
  });
  return { type: "error", error: serializeError(unknown) };
}

/** The last words of Deno's message: those before repeat the whole URL. */
function reasonOf(error: unknown): string {
  const text = causes(error);
  const client = text.lastIndexOf("client error (");
  const reason = client === -1 ? text : text.slice(text.indexOf(": ", client) + 2);
  return reason.replace(/https?:\/\/\S+/g, "the URL").slice(0, 300);
}

function causes(error: unknown): string {
  const texts: string[] = [];
  for (let cause = error; cause instanceof Error && texts.length < 5; cause = cause.cause) texts.push(cause.message);
  return texts.length === 0 ? String(error) : texts.join(": ");
}
