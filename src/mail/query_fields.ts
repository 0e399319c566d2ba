/** A message's text as the text operators see it: words in lines, made when first asked for. */
import { type MailAddress, parseAddressList } from "./headers.ts";
import type { MessagePart } from "./message.ts";
import { searchableText } from "./mime_text.ts";
import { listAttachments } from "./mime_attachments.ts";
import type { TextField } from "./query.ts";
import { tokenLine } from "./query_terms.ts";

export interface SearchAddress {
  /** Lower case. */
  address: string;
  /** `tokenLine` of the display name and of the address: a phrase never runs from one into the other. */
  lines: string[];
}

type AddressField = "from" | "to" | "cc" | "bcc" | "deliveredto";

/** `to:` looks at every kind of recipient, as Gmail's does (https://webapps.stackexchange.com/q/18713). */
const ADDRESS_HEADERS: Record<AddressField, readonly string[]> = {
  from: ["from"],
  to: ["to", "cc", "bcc"],
  cc: ["cc"],
  bcc: ["bcc"],
  deliveredto: ["delivered-to"],
};
const LIST_HEADERS = ["list-id", "list-post", "mailing-list"];

/** Fields of one message, each computed once. */
export class SearchFields {
  readonly #payload: MessagePart;
  readonly #lines = new Map<TextField, string[]>();
  readonly #addresses = new Map<AddressField, SearchAddress[]>();

  constructor(payload: MessagePart) {
    this.#payload = payload;
  }

  /** Lines of words; a phrase lies within one of them. */
  lines(field: TextField): string[] {
    let lines = this.#lines.get(field);
    if (lines === undefined) {
      lines = this.#makeLines(field).filter((line) => line !== "");
      this.#lines.set(field, lines);
    }
    return lines;
  }

  addresses(field: AddressField): SearchAddress[] {
    let found = this.#addresses.get(field);
    if (found === undefined) {
      found = this.#headers(ADDRESS_HEADERS[field]).flatMap(parseAddressList).map(searchAddress);
      this.#addresses.set(field, found);
    }
    return found;
  }

  messageIds(): string[] {
    return this.#headers(["message-id"]).map((value) => value.trim().replace(/^<|>$/g, "").toLowerCase());
  }

  #makeLines(field: TextField): string[] {
    switch (field) {
      case "from":
      case "to":
      case "cc":
      case "bcc":
      case "deliveredto":
        return this.addresses(field).flatMap(({ lines }) => lines);
      case "subject":
        return this.#headers(["subject"]).map(tokenLine);
      case "list":
        return this.#headers(LIST_HEADERS).map(tokenLine);
      case "filename":
        return listAttachments(this.#payload).map(({ filename }) => tokenLine(filename));
      case "any":
        return [
          ...this.lines("subject"),
          ...this.lines("from"),
          ...this.lines("to"),
          ...this.lines("filename"),
          tokenLine(searchableText(this.#payload)),
        ];
    }
  }

  #headers(names: readonly string[]): string[] {
    return this.#payload.headers.filter(({ name }) => names.includes(name.toLowerCase())).map(({ value }) => value);
  }
}

function searchAddress({ name, address }: MailAddress): SearchAddress {
  return { address: address.toLowerCase(), lines: [tokenLine(name), tokenLine(address)] };
}
