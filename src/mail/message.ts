/** A mail message as Gmail's API gives it with `format=full`, and what the q language looks at. */

export interface MessageHeader {
  name: string;
  value: string;
}

/** A MIME part in the shape of Gmail's `MessagePart`; `data` is base64url. */
export interface MessagePart {
  partId: string;
  mimeType: string;
  filename: string;
  headers: MessageHeader[];
  body: { size: number; data?: string; attachmentId?: string };
  parts?: MessagePart[];
}

/** A stored message. Dates are ms since 1970 (`internalDate`), sizes bytes. */
export interface MailMessage {
  id: string;
  threadId: string;
  labelIds: string[];
  snippet: string;
  historyId: string;
  internalDate: number;
  sizeEstimate: number;
  payload: MessagePart;
  /** The whole message, byte for byte. */
  raw: Uint8Array;
}
