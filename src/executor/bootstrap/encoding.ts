import type { RealmKit } from "./kit.ts";

/** `TextEncoder`, `TextDecoder` (UTF-8, UTF-16LE, Latin-1 as windows-1252's common part), `atob` and `btoa`. */
export function installEncoding(kit: RealmKit): void {
  const bytesOf = (source?: ArrayBuffer | ArrayBufferView): Uint8Array => {
    if (source === undefined) return new Uint8Array(0);
    if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
    if (source instanceof ArrayBuffer) return new Uint8Array(source);
    throw new TypeError("decode() takes an ArrayBuffer or a view of one");
  };

  class TextEncoder {
    get encoding(): string {
      return "utf-8";
    }
    encode(input: unknown = ""): Uint8Array {
      const text = String(input);
      const bytes = new Uint8Array(text.length * 3);
      return bytes.slice(0, this.encodeInto(text, bytes).written);
    }
    encodeInto(input: unknown, bytes: Uint8Array): { read: number; written: number } {
      const text = String(input);
      let read = 0;
      let written = 0;
      while (read < text.length) {
        let code = text.codePointAt(read)!;
        const units = code > 0xffff ? 2 : 1;
        if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
        const size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        if (written + size > bytes.length) break;
        if (size === 1) bytes[written++] = code;
        else {
          bytes[written++] = [0, 0, 0xc0, 0xe0, 0xf0][size]! | (code >> (6 * (size - 1)));
          for (let i = size - 2; i >= 0; i--) bytes[written++] = 0x80 | ((code >> (6 * i)) & 63);
        }
        read += units;
      }
      return { read, written };
    }
  }

  const labels: Record<string, string> = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "utf-16": "utf-16le",
    "utf-16le": "utf-16le",
    "latin1": "windows-1252",
    "iso-8859-1": "windows-1252",
    "ascii": "windows-1252",
    "us-ascii": "windows-1252",
    "windows-1252": "windows-1252",
  };
  const windows1252 = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";

  class TextDecoder {
    readonly encoding: string;
    readonly fatal: boolean;
    readonly ignoreBOM: boolean;
    #kept = new Uint8Array(0);
    #started = false;
    constructor(label: unknown = "utf-8", options: { fatal?: boolean; ignoreBOM?: boolean } = {}) {
      const encoding = labels[String(label).trim().toLowerCase()];
      if (encoding === undefined) throw new RangeError(`TextDecoder does not know the encoding ${String(label)}`);
      this.encoding = encoding;
      this.fatal = options.fatal === true;
      this.ignoreBOM = options.ignoreBOM === true;
    }
    decode(source?: ArrayBuffer | ArrayBufferView, options: { stream?: boolean } = {}): string {
      const given = bytesOf(source);
      const bytes = new Uint8Array(this.#kept.length + given.length);
      bytes.set(this.#kept);
      bytes.set(given, this.#kept.length);
      const stream = options.stream === true;
      const units: string[] = [];
      const end = this.encoding === "utf-8"
        ? this.#utf8(bytes, stream, units)
        : this.encoding === "utf-16le"
        ? this.#utf16(bytes, stream, units)
        : this.#latin(bytes, units);
      this.#kept = bytes.slice(end);
      let text = units.join("");
      if (!this.#started && text !== "") {
        if (!this.ignoreBOM && this.encoding !== "windows-1252" && text[0] === "\ufeff") text = text.slice(1);
        this.#started = true;
      }
      if (!stream) this.#started = false;
      return text;
    }
    #bad(units: string[]): void {
      if (this.fatal) throw new TypeError(`the bytes are not valid ${this.encoding}`);
      units.push("\ufffd");
    }
    /** Decodes as the Encoding Standard does: a broken sequence is replaced up to the first byte that breaks it. */
    #utf8(bytes: Uint8Array, stream: boolean, units: string[]): number {
      let i = 0;
      while (i < bytes.length) {
        const first = bytes[i]!;
        if (first < 0x80) {
          units.push(String.fromCharCode(first));
          i++;
          continue;
        }
        const size = first >= 0xc2 && first <= 0xdf
          ? 2
          : first >= 0xe0 && first <= 0xef
          ? 3
          : first >= 0xf0 && first <= 0xf4
          ? 4
          : 0;
        let code = size === 0 ? 0 : first & (0xff >> (size + 1));
        let used = 1;
        while (used < size && i + used < bytes.length) {
          const next = bytes[i + used]!;
          const low = used > 1 ? 0x80 : first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
          const high = used > 1 ? 0xbf : first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
          if (next < low || next > high) break;
          code = (code << 6) | (next & 63);
          used++;
        }
        if (size !== 0 && used === size) units.push(String.fromCodePoint(code));
        else if (size !== 0 && stream && i + used === bytes.length) return i;
        else this.#bad(units);
        i += used;
      }
      return i;
    }
    #utf16(bytes: Uint8Array, stream: boolean, units: string[]): number {
      let i = 0;
      for (; i + 1 < bytes.length; i += 2) {
        const unit = bytes[i]! | (bytes[i + 1]! << 8);
        const isHigh = unit >= 0xd800 && unit < 0xdc00;
        if (isHigh && i + 3 >= bytes.length && stream) return i;
        const next = isHigh && i + 3 < bytes.length ? bytes[i + 2]! | (bytes[i + 3]! << 8) : 0;
        if (isHigh && next >= 0xdc00 && next < 0xe000) {
          units.push(String.fromCharCode(unit, next));
          i += 2;
        } else if (unit >= 0xd800 && unit < 0xe000) this.#bad(units);
        else units.push(String.fromCharCode(unit));
      }
      if (i < bytes.length && !stream) {
        this.#bad(units);
        i++;
      }
      return i;
    }
    #latin(bytes: Uint8Array, units: string[]): number {
      for (const byte of bytes) {
        units.push(byte >= 0x80 && byte < 0xa0 ? windows1252[byte - 0x80]! : String.fromCharCode(byte));
      }
      return bytes.length;
    }
  }

  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const invalid = (what: string) => {
    const Exception =
      (globalThis as unknown as { DOMException: new (message: string, name: string) => Error }).DOMException;
    return new Exception(what, "InvalidCharacterError");
  };
  kit.define("btoa", function btoa(input: unknown): string {
    const text = String(input);
    const parts: string[] = [];
    for (let i = 0; i < text.length; i += 3) {
      const a = text.charCodeAt(i), b = text.charCodeAt(i + 1), c = text.charCodeAt(i + 2);
      if (a > 255 || b > 255 || c > 255) throw invalid("btoa() takes characters up to U+00FF only");
      parts.push(
        alphabet[a >> 2]! + alphabet[((a & 3) << 4) | (b >> 4)]! +
          (i + 1 < text.length ? alphabet[((b & 15) << 2) | (c >> 6)]! : "=") +
          (i + 2 < text.length ? alphabet[c & 63]! : "="),
      );
    }
    return parts.join("");
  });
  kit.define("atob", function atob(input: unknown): string {
    let text = String(input).replace(/[\t\n\f\r ]/g, "");
    if (text.length % 4 === 0) text = text.replace(/==?$/, "");
    if (text.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(text)) throw invalid("atob() takes base64 only");
    const parts: string[] = [];
    let bits = 0;
    let count = 0;
    for (const digit of text) {
      bits = ((bits << 6) | alphabet.indexOf(digit)) & 0xffffff;
      count += 6;
      if (count < 8) continue;
      count -= 8;
      parts.push(String.fromCharCode((bits >> count) & 255));
    }
    return parts.join("");
  });
  kit.define("TextEncoder", TextEncoder);
  kit.define("TextDecoder", TextDecoder);
}
