/** What a person reads of a message first. */
import { decodeBase64Text } from "./base64.ts";
import { htmlToText } from "./html_text.ts";

/** A part as Gmail's API gives it, with whatever of it was asked for. */
export interface ReadablePart {
  readonly mimeType?: string;
  readonly filename?: string;
  readonly body?: { readonly data?: string; readonly attachmentId?: string };
  readonly parts?: readonly ReadablePart[];
}

/**
 * The text of the body, without attachments: of alternatives the plain one, if it says anything, else HTML without its markup.
 * Text data is UTF-8, as Gmail gives it whatever the message declares. Never throws.
 */
export function bodyText({ mimeType = "", filename = "", body = {}, parts = [] }: ReadablePart): string {
  if (filename !== "" || body.attachmentId !== undefined) return "";
  if (parts.length > 0) {
    const texts = parts.map((part) => ({ isPlain: part.mimeType === "text/plain", text: bodyText(part) }))
      .filter(({ text }) => text.trim() !== "");
    if (mimeType !== "multipart/alternative") return texts.map(({ text }) => text).join("\n");
    return (texts.find(({ isPlain }) => isPlain) ?? texts.at(-1))?.text ?? "";
  }
  if (body.data === undefined || !mimeType.startsWith("text/")) return "";
  const text = new TextDecoder().decode(decodeBase64Text(body.data));
  return mimeType === "text/html" ? htmlToText(text) : text;
}
