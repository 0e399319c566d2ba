/** Which parts of a message are attachments. */
import { headerValue } from "./headers.ts";
import type { MessagePart } from "./message.ts";

export interface ListedAttachment {
  filename: string;
  mimeType: string;
  /** Bytes, decoded. */
  size: number;
  /** An image shown within the HTML: `has:attachment` does not count it. */
  inline: boolean;
}

/** In the order of the message; an attached message counts once, what is attached to it counts too. */
export function listAttachments(payload: MessagePart): ListedAttachment[] {
  const found: ListedAttachment[] = [];
  collect(payload, found);
  return found;
}

function collect(part: MessagePart, found: ListedAttachment[]): void {
  const { filename, mimeType, body, headers } = part;
  if (filename !== "" || body.attachmentId !== undefined) {
    const disposition = headerValue(headers, "content-disposition")?.trim().toLowerCase() ?? "";
    const referenced = headerValue(headers, "content-id") !== undefined;
    const inline = mimeType.startsWith("image/") &&
      (disposition.startsWith("inline") || (referenced && disposition === ""));
    found.push({ filename, mimeType, size: body.size, inline });
  }
  for (const child of part.parts ?? []) collect(child, found);
}
