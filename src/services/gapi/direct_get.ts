import type { Json } from "../../core/json.ts";
import type { Invocation } from "./google_clients.ts";
import { GoogleRequestFailed } from "./google_failure.ts";
import type { Bounds, RequestGate } from "./request_gate.ts";

const GMAIL = "https://gmail.googleapis.com";

/**
 * `gmail.users.messages.get` without the generated client, whose making and machinery cost more than the request. For
 * `getMany`, which makes tens of thousands of them; every other method goes through Google's library.
 */
export function getMessage(invocation: Invocation, gate: RequestGate): Promise<unknown> {
  return askMessage(invocation, gate);
}

/** The same, with bounds of its own. */
export async function askMessage(invocation: Invocation, gate: RequestGate, bounds?: Bounds): Promise<unknown> {
  const { id, userId: _subject, ...rest } = invocation.params;
  const { response, body } = await gate.exchange(messageUrl(invocation, String(id), rest), {
    headers: { authorization: `Bearer ${invocation.token}`, accept: "application/json" },
    signal: invocation.signal,
  }, bounds).catch((error) => {
    throw GoogleRequestFailed.unanswered("api", error);
  });
  const answer = read(body);
  if (response.status === 200 && answer !== undefined) return answer;
  throw new GoogleRequestFailed({
    from: "api",
    status: response.status,
    body: answer,
    headers: response.headers,
    cause: undefined,
  });
}

/** The mailbox is the token's own subject, whatever the parameters say. */
function messageUrl({ rootUrl, subject }: Invocation, id: string, params: Readonly<Record<string, Json>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    for (const each of Array.isArray(value) ? value : [value]) query.append(name, String(each));
  }
  const path = `/gmail/v1/users/${encodeURIComponent(subject)}/messages/${encodeURIComponent(id)}`;
  return `${(rootUrl ?? GMAIL).replace(/\/$/, "")}${path}?${query}`;
}

function read(body: ArrayBuffer | Uint8Array): unknown {
  const text = new TextDecoder().decode(body);
  try {
    return JSON.parse(text);
  } catch {
    return text === "" ? undefined : text;
  }
}
