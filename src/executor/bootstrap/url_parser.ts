/** A parsed URL, as the URL Standard names its parts. */
export interface UrlRecord {
  scheme: string;
  username: string;
  password: string;
  /** Serialised; null when there is none. */
  host: string | null;
  /** Decimal text; empty when absent or the scheme's default. */
  port: string;
  /** Text when opaque (`mailto:…`), else segments. */
  path: string | string[];
  query: string | null;
  fragment: string | null;
}

/** The parts of the URL Standard that `URL` is made of. Every function throws a TypeError for what is no URL. */
export interface UrlParser {
  parse(input: string, base?: UrlRecord): UrlRecord;
  serialize(url: UrlRecord): string;
  serializePath(url: UrlRecord): string;
  parseHost(text: string, special: boolean): string;
  parsePort(text: string, scheme: string): string;
  parsePath(text: string, url: UrlRecord, before: string[]): string[];
  encode(text: string, set: keyof EncodeSets): string;
  isSpecial(scheme: string): boolean;
}

/** What is percent-encoded besides controls and everything past ASCII. */
export interface EncodeSets {
  control: string;
  fragment: string;
  query: string;
  specialQuery: string;
  path: string;
  userinfo: string;
}

/** Makes a parser after the URL Standard (url.spec.whatwg.org), without Windows drive letters and IDNA's tables. */
export function createUrlParser(): UrlParser {
  const ports: Record<string, string> = { http: "80", https: "443", ws: "80", wss: "443", ftp: "21", file: "" };
  const sets: EncodeSets = {
    control: "",
    fragment: ' "<>`',
    query: ' "#<>',
    specialQuery: " \"#<>'",
    path: ' "#<>?`{}',
    userinfo: ' "#<>?`{}/:;=@[\\]^|',
  };
  const isSpecial = (scheme: string) => Object.hasOwn(ports, scheme);
  const invalid = (what: string) => new TypeError(`Invalid URL: ${what}`);
  const hex = (byte: number) => `%${byte < 16 ? "0" : ""}${byte.toString(16).toUpperCase()}`;

  function encode(text: string, set: keyof EncodeSets): string {
    let out = "";
    for (const character of text) {
      const code = character.codePointAt(0)!;
      if (code > 0x1f && code < 0x7f && !sets[set].includes(character)) out += character;
      else if (code < 0x80) out += hex(code);
      else if (code >= 0xd800 && code <= 0xdfff) out += "%EF%BF%BD";
      else out += encodeURIComponent(character);
    }
    return out;
  }

  function punycode(label: string): string {
    const points = Array.from(label, (character) => character.codePointAt(0)!);
    let out = points.filter((point) => point < 128).map((point) => String.fromCharCode(point)).join("");
    let handled = out.length;
    const basic = handled;
    if (basic > 0) out += "-";
    let n = 128, delta = 0, bias = 72;
    while (handled < points.length) {
      const next = Math.min(...points.filter((point) => point >= n));
      delta += (next - n) * (handled + 1);
      n = next;
      for (const point of points) {
        if (point < n) delta++;
        if (point !== n) continue;
        let q = delta;
        for (let k = 36;; k += 36) {
          const t = Math.min(Math.max(k - bias, 1), 26);
          const digit = q < t ? q : t + ((q - t) % (36 - t));
          out += String.fromCharCode(digit < 26 ? digit + 97 : digit + 22);
          if (q < t) break;
          q = Math.floor((q - t) / (36 - t));
        }
        delta = handled === basic ? Math.floor(delta / 700) : delta >> 1;
        delta += Math.floor(delta / (handled + 1));
        let k = 0;
        for (; delta > 455; k += 36) delta = Math.floor(delta / 35);
        bias = k + Math.floor((36 * delta) / (delta + 38));
        delta = 0;
        handled++;
      }
      delta++;
      n++;
    }
    return `xn--${out}`;
  }

  /** Dotted text of an IPv4 address in any of its spellings; undefined when the host does not end in a number. */
  function parseIpv4(host: string): string | undefined {
    const parts = host.split(".");
    if (parts.length > 1 && parts.at(-1) === "") parts.pop();
    const last = parts.at(-1)!;
    if (!/^[0-9]+$/.test(last) && !/^0[xX][0-9a-fA-F]*$/.test(last)) return undefined;
    if (parts.length > 4) throw invalid(`${host} is no IPv4 address`);
    const numbers = parts.map((part) => {
      const radix = /^0[xX]/.test(part) ? 16 : part.length > 1 && part[0] === "0" ? 8 : 10;
      const digits = radix === 16 ? part.slice(2) : radix === 8 ? part.slice(1) : part;
      const allowed = radix === 16 ? /^[0-9a-fA-F]*$/ : radix === 8 ? /^[0-7]+$/ : /^[0-9]+$/;
      if (part === "" || !allowed.test(digits)) throw invalid(`${host} is no IPv4 address`);
      return digits === "" ? 0 : parseInt(digits, radix);
    });
    const end = numbers.pop()!;
    if (numbers.some((number) => number > 255) || end >= 256 ** (4 - numbers.length)) {
      throw invalid(`${host} is no IPv4 address`);
    }
    const address = numbers.reduce((sum, number, i) => sum + number * 256 ** (3 - i), end);
    return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
  }

  function parseIpv6(text: string): string {
    const bad = invalid(`[${text}] is no IPv6 address`);
    let rest = text;
    const dotted = /^(.*:)(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
    if (dotted !== null) {
      const bytes = dotted.slice(2).map(Number);
      if (dotted.slice(2).some((byte) => Number(byte) > 255 || (byte.length > 1 && byte[0] === "0"))) throw bad;
      rest = `${dotted[1]}${(bytes[0]! * 256 + bytes[1]!).toString(16)}:${(bytes[2]! * 256 + bytes[3]!).toString(16)}`;
    }
    const halves = rest.split("::");
    if (halves.length > 2) throw bad;
    const pieces = halves.map((half) => half === "" ? [] : half.split(":"));
    if (pieces.flat().some((piece) => !/^[0-9a-fA-F]{1,4}$/.test(piece))) throw bad;
    const missing = 8 - pieces.flat().length;
    if (halves.length === 2 ? missing < 1 : missing !== 0) throw bad;
    const filled = halves.length === 2 ? [...pieces[0]!, ...Array(missing).fill("0"), ...pieces[1]!] : pieces[0]!;
    const groups = filled.map((piece: string) => parseInt(piece, 16).toString(16));
    let best = { from: -1, length: 1 };
    for (let i = 0; i < 8; i++) {
      let length = 0;
      while (groups[i + length] === "0") length++;
      if (length > best.length) best = { from: i, length };
      i += length;
    }
    if (best.from < 0) return `[${groups.join(":")}]`;
    return `[${groups.slice(0, best.from).join(":")}::${groups.slice(best.from + best.length).join(":")}]`;
  }

  function parseHost(text: string, special: boolean): string {
    if (text[0] === "[") {
      if (text.at(-1) !== "]") throw invalid("an IPv6 address ends with ]");
      return parseIpv6(text.slice(1, -1));
    }
    if (!special) {
      if (/[\0\t\n\r #/:<>?@[\\\]^|]/.test(text)) throw invalid(`the host ${text} has a forbidden character`);
      return encode(text, "control");
    }
    let domain: string;
    try {
      domain = decodeURIComponent(text.replace(/%(?![0-9a-fA-F]{2})/g, "%25"));
    } catch {
      throw invalid(`the host ${text} is not UTF-8`);
    }
    domain = domain.normalize("NFKC").toLowerCase().normalize("NFC").replace(/[\u3002\uff0e\uff61]/g, ".").replace(
      /\u00ad/g,
      "",
    );
    domain = domain.split(".").map((label) => /[^\0-\x7f]/.test(label) ? punycode(label) : label).join(".");
    if (domain === "" || /[\0-\x20"#%/:<>?@[\\\]^`{|}\x7f]/.test(domain)) {
      throw invalid(`${text || "nothing"} is no host`);
    }
    return parseIpv4(domain) ?? domain;
  }

  function parsePort(text: string, scheme: string): string {
    if (!/^[0-9]*$/.test(text) || Number(text) > 65535) throw invalid(`${text} is no port`);
    const port = text === "" ? "" : String(Number(text));
    return port === ports[scheme] ? "" : port;
  }

  function parsePath(text: string, url: UrlRecord, before: string[]): string[] {
    const path = [...before];
    const segments = (isSpecial(url.scheme) ? text.replaceAll("\\", "/") : text).split("/");
    segments.forEach((segment, i) => {
      const plain = segment.toLowerCase().replaceAll("%2e", ".");
      const last = i === segments.length - 1;
      if (plain === "..") path.pop();
      if (plain !== "." && plain !== "..") path.push(encode(segment, "path"));
      else if (last) path.push("");
    });
    return path;
  }

  function parseAuthority(text: string, url: UrlRecord): void {
    const at = text.lastIndexOf("@");
    if (at >= 0) {
      const credentials = text.slice(0, at);
      const colon = credentials.indexOf(":");
      url.username = encode(colon < 0 ? credentials : credentials.slice(0, colon), "userinfo");
      url.password = colon < 0 ? "" : encode(credentials.slice(colon + 1), "userinfo");
    }
    const place = text.slice(at + 1);
    const colon = /:[^\]]*$/.exec(place)?.index ?? place.length;
    const host = place.slice(0, colon);
    if (host === "" && (at >= 0 || colon < place.length)) throw invalid("there is no host");
    url.host = url.scheme !== "file" || host !== "" ? parseHostOrEmpty(host, url.scheme) : "";
    if (url.scheme === "file" && url.host === "localhost") url.host = "";
    url.port = parsePort(place.slice(colon + 1), url.scheme);
  }

  function parseHostOrEmpty(host: string, scheme: string): string {
    return host === "" && !isSpecial(scheme) ? "" : parseHost(host, isSpecial(scheme));
  }

  function parse(input: string, base?: UrlRecord): UrlRecord {
    let rest = input.replace(/^[\0-\x20]+|[\0-\x20]+$/g, "").replace(/[\t\n\r]/g, "");
    const cut = (mark: string): string | null => {
      const at = rest.indexOf(mark);
      if (at < 0) return null;
      const tail = rest.slice(at + 1);
      rest = rest.slice(0, at);
      return tail;
    };
    const fragment = cut("#");
    const query = cut("?");
    const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(rest)?.[1]?.toLowerCase();
    const url: UrlRecord = {
      scheme: scheme ?? base?.scheme ?? "",
      username: "",
      password: "",
      host: null,
      port: "",
      path: [],
      query: null,
      fragment: fragment === null ? null : encode(fragment, "fragment"),
    };
    if (scheme !== undefined) rest = rest.slice(scheme.length + 1);
    else if (base === undefined) throw invalid(`${JSON.stringify(input)} has no scheme, and there is no base`);
    const special = isSpecial(url.scheme);
    if (query !== null) url.query = encode(query, special ? "specialQuery" : "query");
    const slashes = special ? /^[/\\]*/.exec(rest)![0].length : /^\/*/.exec(rest)![0].length;

    if (scheme === undefined && typeof base!.path === "string") {
      if (rest !== "" || query !== null || fragment === null) throw invalid("its base cannot be a base");
      return { ...base!, fragment: url.fragment };
    }
    const relative = scheme === undefined || (special && base?.scheme === scheme && slashes < 2);
    if (scheme !== undefined && !special && slashes === 0) {
      url.path = encode(rest, "control");
      return url;
    }
    if (slashes >= 2 || (special && url.scheme !== "file" && !relative)) {
      const skip = special && url.scheme !== "file" ? slashes : 2;
      const text = rest.slice(skip);
      const end = text.search(special ? /[/\\]/ : /\//);
      parseAuthority(end < 0 ? text : text.slice(0, end), url);
      const path = end < 0 ? "" : text.slice(end + 1);
      url.path = end < 0 && !special ? [] : parsePath(path, url, []);
      return url;
    }
    const from = relative && base !== undefined && base.scheme === url.scheme ? base : undefined;
    if (from !== undefined) {
      url.host = from.host;
      url.port = from.port;
      url.username = from.username;
      url.password = from.password;
    } else if (url.scheme === "file") {
      url.host = "";
    }
    if (slashes > 0) {
      url.path = parsePath(rest.slice(1), url, []);
    } else if (from !== undefined && rest === "") {
      url.path = [...from.path];
      if (query === null) url.query = from.query;
    } else {
      url.path = parsePath(rest, url, from === undefined ? [] : (from.path as string[]).slice(0, -1));
    }
    return url;
  }

  function serializePath(url: UrlRecord): string {
    return typeof url.path === "string" ? url.path : url.path.map((segment) => `/${segment}`).join("");
  }

  function serialize(url: UrlRecord): string {
    let text = `${url.scheme}:`;
    if (url.host !== null) {
      const password = url.password === "" ? "" : `:${url.password}`;
      const credentials = url.username === "" && password === "" ? "" : `${url.username}${password}@`;
      text += `//${credentials}${url.host}${url.port === "" ? "" : `:${url.port}`}`;
    } else if (typeof url.path !== "string" && url.path.length > 1 && url.path[0] === "") text += "/.";
    text += serializePath(url);
    if (url.query !== null) text += `?${url.query}`;
    return url.fragment === null ? text : `${text}#${url.fragment}`;
  }

  return { parse, serialize, serializePath, parseHost, parsePort, parsePath, encode, isSpecial };
}
