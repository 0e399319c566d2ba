import type { RealmKit } from "./kit.ts";
import type { UrlParser, UrlRecord } from "./url_parser.ts";

/** `URL` and `URLSearchParams`. */
export function installUrl(kit: RealmKit, parser: UrlParser): void {
  const { isSpecial } = parser;

  function decodeForm(text: string): string {
    const spaced = text.replaceAll("+", " ");
    if (!spaced.includes("%")) return spaced;
    const bytes: number[] = [];
    const encoder = new TextEncoder();
    for (let i = 0; i < spaced.length;) {
      const escape = /^%[0-9a-fA-F]{2}/.exec(spaced.slice(i, i + 3));
      if (escape !== null) {
        bytes.push(parseInt(escape[0].slice(1), 16));
        i += 3;
        continue;
      }
      const end = spaced.indexOf("%", i + 1);
      const plain = spaced.slice(i, end < 0 ? spaced.length : end);
      for (const byte of encoder.encode(plain)) bytes.push(byte);
      i += plain.length;
    }
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(new Uint8Array(bytes));
  }

  function encodeForm(text: string): string {
    const whole = text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");
    const mark = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
    return encodeURIComponent(whole).replace(/[!'()~]/g, mark).replaceAll("%20", "+");
  }

  let onChange: (params: URLSearchParams, tell: (text: string) => void) => void;
  let reread: (params: URLSearchParams, text: string) => void;
  class URLSearchParams {
    #pairs: [string, string][] = [];
    #tell: ((text: string) => void) | undefined;
    static {
      onChange = (params, tell) => {
        params.#tell = tell;
      };
      reread = (params, text) => {
        params.#pairs = [];
        for (const part of text.split("&")) {
          if (part === "") continue;
          const at = part.indexOf("=");
          const name = at < 0 ? part : part.slice(0, at);
          params.#pairs.push([decodeForm(name), at < 0 ? "" : decodeForm(part.slice(at + 1))]);
        }
      };
    }
    constructor(init: unknown = "") {
      if (typeof init === "object" && init !== null) {
        const iterable = typeof (init as { [Symbol.iterator]?: unknown })[Symbol.iterator] === "function";
        const pairs = iterable ? [...init as Iterable<Iterable<unknown>>] : Object.entries(init);
        for (const pair of pairs) {
          const [name, value, ...rest] = [...pair];
          if (rest.length > 0 || [...pair].length < 2) throw new TypeError("a pair has a name and a value");
          this.#pairs.push([String(name), String(value)]);
        }
      } else reread(this, String(init).replace(/^\?/, ""));
    }
    #changed(): void {
      this.#tell?.(this.toString());
    }
    get size(): number {
      return this.#pairs.length;
    }
    append(name: unknown, value: unknown): void {
      this.#pairs.push([String(name), String(value)]);
      this.#changed();
    }
    delete(name: unknown, value?: unknown): void {
      const keep = ([n, v]: [string, string]) => n !== String(name) || (value !== undefined && v !== String(value));
      this.#pairs = this.#pairs.filter(keep);
      this.#changed();
    }
    get(name: unknown): string | null {
      return this.#pairs.find(([other]) => other === String(name))?.[1] ?? null;
    }
    getAll(name: unknown): string[] {
      return this.#pairs.filter(([other]) => other === String(name)).map(([, value]) => value);
    }
    has(name: unknown, value?: unknown): boolean {
      return this.#pairs.some(([n, v]) => n === String(name) && (value === undefined || v === String(value)));
    }
    set(name: unknown, value: unknown): void {
      const at = this.#pairs.findIndex(([other]) => other === String(name));
      if (at < 0) return this.append(name, value);
      this.#pairs = this.#pairs.filter(([other], i) => i <= at || other !== String(name));
      this.#pairs[at] = [String(name), String(value)];
      this.#changed();
    }
    sort(): void {
      this.#pairs.sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0);
      this.#changed();
    }
    forEach(visit: (value: string, name: string, params: URLSearchParams) => void, self?: unknown): void {
      for (const [name, value] of this) visit.call(self, value, name, this);
    }
    *entries(): Generator<[string, string]> {
      for (let i = 0; i < this.#pairs.length; i++) yield [...this.#pairs[i]!];
    }
    *keys(): Generator<string> {
      for (const [name] of this.entries()) yield name;
    }
    *values(): Generator<string> {
      for (const [, value] of this.entries()) yield value;
    }
    [Symbol.iterator](): Generator<[string, string]> {
      return this.entries();
    }
    toString(): string {
      return this.#pairs.map(([name, value]) => `${encodeForm(name)}=${encodeForm(value)}`).join("&");
    }
  }

  class URL {
    #url: UrlRecord;
    readonly #params = new URLSearchParams();
    constructor(input: unknown, base?: unknown) {
      this.#url = parser.parse(String(input), base === undefined ? undefined : parser.parse(String(base)));
      reread(this.#params, this.#url.query ?? "");
      onChange(this.#params, (text) => {
        this.#url.query = text === "" ? null : text;
      });
    }
    static canParse(input: unknown, base?: unknown): boolean {
      return URL.parse(input, base) !== null;
    }
    static parse(input: unknown, base?: unknown): URL | null {
      try {
        return new URL(input, base);
      } catch {
        return null;
      }
    }
    /** Setters leave the URL as it is when the new part is not valid. */
    #try(change: () => void): void {
      const before = { ...this.#url };
      try {
        change();
      } catch {
        this.#url = before;
      }
    }
    get #hasNoHost(): boolean {
      return this.#url.host === null || this.#url.host === "" || this.#url.scheme === "file";
    }
    get href(): string {
      return parser.serialize(this.#url);
    }
    set href(text: unknown) {
      this.#url = parser.parse(String(text));
      reread(this.#params, this.#url.query ?? "");
    }
    get origin(): string {
      const { scheme, host, port } = this.#url;
      if (!isSpecial(scheme) || scheme === "file") return "null";
      return `${scheme}://${host}${port === "" ? "" : `:${port}`}`;
    }
    get protocol(): string {
      return `${this.#url.scheme}:`;
    }
    set protocol(text: unknown) {
      const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*)(:|$)/.exec(String(text))?.[1]?.toLowerCase();
      if (scheme === undefined || isSpecial(scheme) !== isSpecial(this.#url.scheme)) return;
      this.#url.scheme = scheme;
      this.#try(() => this.#url.port = parser.parsePort(this.#url.port, scheme));
    }
    get username(): string {
      return this.#url.username;
    }
    set username(text: unknown) {
      if (!this.#hasNoHost) this.#url.username = parser.encode(String(text), "userinfo");
    }
    get password(): string {
      return this.#url.password;
    }
    set password(text: unknown) {
      if (!this.#hasNoHost) this.#url.password = parser.encode(String(text), "userinfo");
    }
    get host(): string {
      return `${this.#url.host ?? ""}${this.#url.port === "" ? "" : `:${this.#url.port}`}`;
    }
    set host(text: unknown) {
      const place = String(text).split(/[/?#\\]/)[0]!;
      const colon = /:[0-9]*$/.exec(place)?.index;
      this.hostname = colon === undefined ? place : place.slice(0, colon);
      if (colon !== undefined && colon + 1 < place.length) this.port = place.slice(colon + 1);
    }
    get hostname(): string {
      return this.#url.host ?? "";
    }
    set hostname(text: unknown) {
      if (typeof this.#url.path === "string") return;
      const host = String(text).split(/[/?#\\]/)[0]!;
      this.#try(() => this.#url.host = parser.parseHost(host, isSpecial(this.#url.scheme)));
    }
    get port(): string {
      return this.#url.port;
    }
    set port(text: unknown) {
      const digits = /^[0-9]*/.exec(String(text))![0];
      if (this.#hasNoHost || (digits === "" && String(text) !== "")) return;
      this.#try(() => this.#url.port = parser.parsePort(digits, this.#url.scheme));
    }
    get pathname(): string {
      return parser.serializePath(this.#url);
    }
    set pathname(text: unknown) {
      if (typeof this.#url.path === "string") return;
      const lead = isSpecial(this.#url.scheme) ? /^[/\\]/ : /^\//;
      this.#url.path = parser.parsePath(String(text).replace(lead, ""), this.#url, []);
    }
    get search(): string {
      return this.#url.query ? `?${this.#url.query}` : "";
    }
    set search(text: unknown) {
      const query = String(text).replace(/^\?/, "");
      this.#url.query = query === ""
        ? null
        : parser.encode(query, isSpecial(this.#url.scheme) ? "specialQuery" : "query");
      reread(this.#params, query);
    }
    get searchParams(): URLSearchParams {
      return this.#params;
    }
    get hash(): string {
      return this.#url.fragment ? `#${this.#url.fragment}` : "";
    }
    set hash(text: unknown) {
      const fragment = String(text).replace(/^#/, "");
      this.#url.fragment = fragment === "" ? null : parser.encode(fragment, "fragment");
    }
    toString(): string {
      return this.href;
    }
    toJSON(): string {
      return this.href;
    }
  }
  kit.define("URLSearchParams", URLSearchParams);
  kit.define("URL", URL);
}
