import { Buffer } from "node:buffer";
import type { MailMessage, MessagePart } from "../mail/message.ts";
import type { ApiCall } from "./api_call.ts";
import { GeneratedMessage, PLANNED_HEADERS } from "./generated_message.ts";
import { METADATA_SCOPE } from "./methods.ts";
import { forbidden, invalidArgument, Refusal } from "./refusal.ts";

/** A message as Gmail's API shows it, in the format asked for. */

type Format = "full" | "metadata" | "minimal" | "raw";

/** How a request wants messages to be shown. */
export interface MessageView {
  format: Format;
  /** Lower case; empty for all headers. */
  metadataHeaders: readonly string[];
}

function isFormat(text: string): text is Format {
  return ["full", "metadata", "minimal", "raw"].includes(text);
}

/** Reads `format` and `metadataHeaders`, as far as the token's scopes allow them. */
export function readView({ query, session }: ApiCall): MessageView | Refusal {
  const given = query.get("format") ?? "full";
  const format = given.toLowerCase();
  if (!isFormat(format)) {
    return invalidArgument(
      `Invalid value at 'format' (type.googleapis.com/caribou.api.proto.MessagesFormat), "${given}"`,
      "format",
    );
  }
  if (session.scopes.has(METADATA_SCOPE) && (format === "full" || format === "raw")) {
    return forbidden(`Metadata scope doesn't allow format ${format.toUpperCase()}`);
  }
  return { format, metadataHeaders: query.getAll("metadataHeaders").map((name) => name.toLowerCase()) };
}

/** The API's `Message`; source: Gmail API reference, `users.messages`. */
export function messageResource(message: MailMessage, { format, metadataHeaders }: MessageView): object {
  const { id, threadId, labelIds, snippet, sizeEstimate, historyId } = message;
  const internalDate = String(message.internalDate);
  const common = { id, threadId, labelIds, snippet, sizeEstimate, historyId, internalDate };
  if (format === "minimal") return common;
  if (format === "raw") return { ...common, raw: Buffer.from(message.raw).toString("base64url") };
  if (format === "full") return { ...common, payload: wholePayload(message) };
  return { ...common, payload: headersOnly(message, metadataHeaders) };
}

function wholePayload(message: MailMessage): MessagePart {
  return message instanceof GeneratedMessage ? message.wholePayload() : message.payload;
}

/** `format=metadata`: the type and the headers asked for, or all of them. */
function headersOnly(
  message: MailMessage,
  wanted: readonly string[],
): { mimeType: string; headers: MessagePart["headers"] } {
  const { mimeType, headers: ready } = message.payload;
  const isEnough = !(message instanceof GeneratedMessage) ||
    (wanted.length > 0 && wanted.every((name) => PLANNED_HEADERS.has(name)));
  const headers = isEnough ? ready : message.wholeHeaders();
  if (wanted.length === 0) return { mimeType, headers };
  return { mimeType, headers: headers.filter(({ name }) => wanted.includes(name.toLowerCase())) };
}
