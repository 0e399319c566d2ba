/** The readable text of a message's payload. */
import { decodeBase64Text } from "./base64.ts";
import { htmlToText } from "./html_text.ts";
import type { MessagePart } from "./message.ts";

/** Texts of the parts that have their data inline, as sent (HTML with its markup). */
export function bodySources(payload: MessagePart): { mimeType: string; text: string }[] {
  const { mimeType, body, parts = [] } = payload;
  const nested = parts.flatMap(bodySources);
  if (body.data === undefined || !mimeType.startsWith("text/")) return nested;
  return [{ mimeType, text: new TextDecoder().decode(decodeBase64Text(body.data)) }, ...nested];
}

/**
 * Everything a person could read in the body: all text parts, HTML without its markup, attached messages included. Both forms of a
 * multipart/alternative are in it, since senders fill the plain one carelessly. Text files attached by name are not.
 */
export function searchableText(payload: MessagePart): string {
  return bodySources(payload)
    .map(({ mimeType, text }) => mimeType === "text/html" ? htmlToText(text) : text)
    .filter((text) => text.trim() !== "")
    .join("\n");
}
