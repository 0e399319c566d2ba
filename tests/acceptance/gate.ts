import type { Place } from "./tasker.ts";

/** The longest that a test waits for a request that must come, ms. */
const PATIENCE = 30_000;

/** A server whose answers wait until the test lets them go: so a test knows what a task is doing, and for how long. */
export class Gate implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #asked: string[] = [];
  readonly #waiting = new Set<() => void>();
  #open = false;
  /** Headers of the last request. */
  headers = new Headers();

  constructor() {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
      const { pathname } = new URL(request.url);
      this.headers = request.headers;
      this.#asked.push(pathname);
      this.#tell();
      while (!this.#open && !pathname.startsWith("/free")) await this.#change();
      return new Response(`answer ${pathname}`);
    });
  }

  /** As a manifest's `hosts` names it. */
  get host(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  /** Paths asked for so far, in order. */
  get asked(): readonly string[] {
    return this.#asked;
  }

  /** Settles when the path has been asked for so often. Throws when that does not happen for long. */
  async knock(path: string, times = 1): Promise<void> {
    let tooLate = false;
    const timer = setTimeout(() => {
      tooLate = true;
      this.#tell();
    }, PATIENCE);
    try {
      while (this.#asked.filter((asked) => asked === path).length < times) {
        if (tooLate) {
          throw new Error(`${path} was not asked for ${times} times, only ${this.#asked.join(", ") || "nothing"}`);
        }
        await this.#change();
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Lets every request go, now and later. */
  open(): void {
    this.#open = true;
    this.#tell();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.open();
    await this.#server.shutdown();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  #tell(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** Publishes `steps`: three requests to the gate, one after another, each kept as a record. The middle one waits at the gate. */
export async function publishSteps(place: Place, gate: Gate): Promise<void> {
  await place.publish(
    "steps.ts",
    `export const manifest = {
       description: "Three steps", services: ["http", "records"], hosts: ["${gate.host}"],
       input: { type: "object", properties: { name: { type: "string" } }, required: ["name"] },
     };
     export default async function steps({ name }: { name: string }) {
       const bodies: string[] = [];
       for (const path of ["/free/" + name, "/gate/" + name, "/free/last/" + name]) {
         const { body } = await tools.http.fetch("http://${gate.host}" + path);
         bodies.push(body);
         await tools.records.append("step", [{ name, body }]);
       }
       return { name, bodies };
     }`,
  );
}

/** What `steps` gives for a name. */
export function stepsResult(name: string): unknown {
  return { name, bodies: [`answer /free/${name}`, `answer /gate/${name}`, `answer /free/last/${name}`] };
}
