/** Drives Chromium through its DevTools protocol (https://chromedevtools.github.io/devtools-protocol/). */

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** Chromium's path; undefined, said aloud, when this machine has none. */
export function findChromium(): string | undefined {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  const found = [
    ...[Deno.env.get("CHROMIUM_BIN")].filter((path) => path !== undefined),
    ...NAMES.flatMap((name) => folders.map((folder) => `${folder}/${name}`)),
  ].find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
  if (found === undefined) {
    console.error("NOT CHECKED: no report was opened in a browser: there is no Chromium in PATH or CHROMIUM_BIN");
  }
  return found;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

/** A browser with one page, without any network but what the page asks for. */
export class Browser implements AsyncDisposable {
  /** Addresses that the page asked for, and what the browser complained of. */
  readonly requests: string[] = [];
  readonly complaints: string[] = [];
  readonly #answers = new Map<number, (message: Message) => void>();
  readonly #events = new Map<string, () => void>();
  #last = 0;
  #session: string | undefined;

  private constructor(
    readonly process: Deno.ChildProcess,
    readonly folder: string,
    readonly socket: WebSocket,
  ) {
    socket.onmessage = ({ data }) => this.#take(JSON.parse(data) as Message);
  }

  static async open(path: string): Promise<Browser> {
    const folder = await Deno.makeTempDir({ prefix: "tasker-browser-" });
    const process = new Deno.Command(path, {
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--remote-debugging-port=0",
        `--user-data-dir=${folder}`,
      ],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const socket = new WebSocket(await addressOf(process));
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    const browser = new Browser(process, folder, socket);
    const { targetId } = await browser.#ask("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await browser.#ask("Target.attachToTarget", { targetId, flatten: true });
    browser.#session = sessionId as string;
    for (const domain of ["Page", "Network", "Runtime", "Log"]) await browser.#ask(`${domain}.enable`, {});
    return browser;
  }

  async goto(url: string): Promise<void> {
    const loaded = new Promise<void>((resolve) => this.#events.set("Page.loadEventFired", resolve));
    await this.#ask("Page.navigate", { url });
    await loaded;
  }

  /** The value of an expression in the page; a promise's is waited for. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.#ask("Runtime.evaluate", {
      expression,
      returnByValue: true,
      awaitPromise: true,
    });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value: T }).value;
  }

  /** Clicks as a person does: with the mouse, in the middle of the element. */
  async click(selector: string): Promise<void> {
    const [x, y] = await this.evaluate<[number, number]>(`(() => {
      const element = document.querySelector(${JSON.stringify(selector)});
      element.scrollIntoView({ block: "center" });
      const { left, top, width, height } = element.getBoundingClientRect();
      return [left + width / 2, top + height / 2];
    })()`);
    for (const type of ["mousePressed", "mouseReleased"]) {
      await this.#ask("Input.dispatchMouseEvent", { type, x, y, button: "left", clickCount: 1 });
    }
  }

  async type(text: string): Promise<void> {
    await this.#ask("Input.insertText", { text });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#session = undefined;
    const closed = new Promise((resolve) => this.socket.onclose = resolve);
    await this.#ask("Browser.close", {});
    await Promise.all([closed, this.process.status]);
    await Deno.remove(this.folder, { recursive: true });
  }

  async #ask(method: string, params: object): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.#last;
    const answered = new Promise<Message>((resolve) => this.#answers.set(id, resolve));
    this.socket.send(
      JSON.stringify({ id, method, params, ...(this.#session === undefined ? {} : { sessionId: this.#session }) }),
    );
    const { result, error } = await answered;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result!;
  }

  #take(message: Message): void {
    if (message.id !== undefined) {
      this.#answers.get(message.id)?.(message);
      this.#answers.delete(message.id);
    }
    const { method, params } = message;
    if (method === "Network.requestWillBeSent") this.requests.push((params!.request as { url: string }).url);
    if (method === "Log.entryAdded") this.complaints.push((params!.entry as { text: string }).text);
    if (method === "Runtime.exceptionThrown") this.complaints.push(JSON.stringify(params));
    if (method !== undefined) this.#events.get(method)?.();
  }
}

/** What Chromium says on stderr when it listens; the rest is read so that it never waits for a reader. */
async function addressOf(process: Deno.ChildProcess): Promise<string> {
  const said = process.stderr.pipeThrough(new TextDecoderStream());
  let text = "";
  return await new Promise((resolve, reject) => {
    said.pipeTo(
      new WritableStream({
        write(part) {
          text += part;
          const address = /DevTools listening on (ws:\S+)/.exec(text)?.[1];
          if (address !== undefined) resolve(address);
        },
        close: () => reject(new Error(`Chromium ended: ${text}`)),
      }),
    ).catch(reject);
  });
}
