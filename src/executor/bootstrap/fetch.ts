import type { RealmKit } from "./kit.ts";

/** `fetch`, `Headers` and what `fetch` answers with. A request is one call of the service `http`; bodies are text. */
export function installFetch(kit: RealmKit): void {
  type Init = [string, string][] | Record<string, unknown> | Headers | null | undefined;

  class Headers {
    #entries = new Map<string, string>();
    constructor(init?: Init) {
      if (init === undefined || init === null) return;
      const pairs = typeof (init as { [Symbol.iterator]?: unknown })[Symbol.iterator] === "function"
        ? [...init as Iterable<[string, unknown]>]
        : Object.entries(init as Record<string, unknown>);
      for (const [name, value] of pairs) this.append(name, value);
    }
    #name(name: unknown): string {
      const text = String(name);
      if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text)) throw new TypeError(`${text} is no name of a header`);
      return text.toLowerCase();
    }
    #value(value: unknown): string {
      const text = String(value).replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, "");
      if (/[\0\n\r]/.test(text)) throw new TypeError("a header's value has no line breaks");
      return text;
    }
    append(name: unknown, value: unknown): void {
      const key = this.#name(name);
      const before = this.#entries.get(key);
      this.#entries.set(key, before === undefined ? this.#value(value) : `${before}, ${this.#value(value)}`);
    }
    set(name: unknown, value: unknown): void {
      this.#entries.set(this.#name(name), this.#value(value));
    }
    get(name: unknown): string | null {
      return this.#entries.get(this.#name(name)) ?? null;
    }
    has(name: unknown): boolean {
      return this.#entries.has(this.#name(name));
    }
    delete(name: unknown): void {
      this.#entries.delete(this.#name(name));
    }
    forEach(visit: (value: string, name: string, headers: Headers) => void, self?: unknown): void {
      for (const [name, value] of this.entries()) visit.call(self, value, name, this);
    }
    *entries(): Generator<[string, string]> {
      for (const name of [...this.#entries.keys()].sort()) yield [name, this.#entries.get(name)!];
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
  }

  interface Answer {
    status?: number;
    statusText?: string;
    url?: string;
    headers?: Record<string, unknown>;
    body?: string | null;
    redirected?: boolean;
  }

  class Response {
    readonly status: number;
    readonly statusText: string;
    readonly url: string;
    readonly redirected: boolean;
    readonly headers: Headers;
    readonly type = "basic";
    bodyUsed = false;
    #body: string;
    constructor(body?: unknown, init: Answer = {}) {
      this.#body = body === undefined || body === null ? "" : String(body);
      this.status = init.status ?? 200;
      this.statusText = init.statusText ?? "";
      this.url = init.url ?? "";
      this.redirected = init.redirected === true;
      this.headers = new Headers(init.headers);
    }
    get ok(): boolean {
      return this.status >= 200 && this.status < 300;
    }
    #read(): string {
      if (this.bodyUsed) throw new TypeError("the body has been read already");
      this.bodyUsed = true;
      return this.#body;
    }
    // deno-lint-ignore require-await
    async text(): Promise<string> {
      return this.#read();
    }
    // deno-lint-ignore require-await
    async json(): Promise<unknown> {
      return JSON.parse(this.#read());
    }
    // deno-lint-ignore require-await
    async bytes(): Promise<Uint8Array> {
      return new TextEncoder().encode(this.#read());
    }
    async arrayBuffer(): Promise<ArrayBufferLike> {
      return (await this.bytes()).buffer;
    }
    clone(): Response {
      if (this.bodyUsed) throw new TypeError("the body has been read already");
      return new Response(this.#body, this as unknown as Answer);
    }
  }

  interface Request {
    method?: unknown;
    headers?: Init;
    body?: unknown;
    signal?: AbortSignal | null;
  }

  /** The text of a body, and the content type it brings along. */
  function bodyOf(body: unknown): { text: string | null; type?: string } {
    if (body === undefined || body === null) return { text: null };
    if (typeof body === "string") return { text: body, type: "text/plain;charset=UTF-8" };
    if (body instanceof URLSearchParams) {
      return { text: body.toString(), type: "application/x-www-form-urlencoded;charset=UTF-8" };
    }
    throw new TypeError("the body of a fetch() must be text or URLSearchParams");
  }

  kit.define("fetch", async function fetch(target: unknown, init: Request = {}): Promise<Response> {
    const url = new URL(String(target)).href;
    const headers = new Headers(init.headers);
    const { text, type } = bodyOf(init.body);
    if (type !== undefined && !headers.has("content-type")) headers.set("content-type", type);
    const signal = init.signal ?? undefined;
    signal?.throwIfAborted();
    const request = {
      method: String(init.method ?? "GET").toUpperCase(),
      headers: Object.fromEntries(headers),
      body: text,
    };
    const answered = kit.call("http", "fetch", [url, request]) as Promise<Answer>;
    const aborted = signal && new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    const answer = await (aborted === undefined ? answered : Promise.race([answered, aborted]));
    return new Response(answer.body, answer);
  });
  kit.define("Headers", Headers);
  kit.define("Response", Response);
}
