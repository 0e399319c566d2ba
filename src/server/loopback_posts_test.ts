import assert from "node:assert/strict";
import { LoopbackPosts } from "./loopback_posts.ts";

/** A server of bytes, on a real socket. */
class Bed implements Disposable {
  readonly listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly url = new URL(`http://127.0.0.1:${this.listener.addr.port}/step?now=1`);
  lost = 0;
  #told = Promise.withResolvers<void>();
  readonly posts = new LoopbackPosts({
    url: this.url,
    token: "secret",
    lost: () => {
      this.lost++;
      this.#told.resolve();
    },
  });
  readonly #connections: Deno.Conn[] = [];

  async accept(): Promise<Deno.Conn> {
    const connection = await this.listener.accept();
    this.#connections.push(connection);
    return connection;
  }

  /** Settles with the next loss. */
  async isLost(): Promise<void> {
    await this.#told.promise;
    this.#told = Promise.withResolvers();
  }

  [Symbol.dispose](): void {
    this.posts.close();
    this.listener.close();
    for (const connection of this.#connections) connection.close();
  }
}

const ACCEPTED = "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n";

const say = (connection: Deno.Conn, text: string) => connection.write(new TextEncoder().encode(text));

/** What comes in, until that many requests are there. */
async function requests(connection: Deno.Conn, count: number): Promise<string[]> {
  const buffer = new Uint8Array(10_000);
  let text = "";
  while (text.split("\r\n\r\n").length <= count) {
    text += new TextDecoder().decode(buffer.subarray(0, await connection.read(buffer) ?? 0));
  }
  return text.split("\r\n\r\n").slice(0, -1);
}

Deno.test("loopback posts are whole requests on one connection, however their answers come in pieces", async () => {
  using bed = new Bed();
  bed.posts.send();
  bed.posts.send();
  const connection = await bed.accept();
  const [first, second] = await requests(connection, 2);
  assert.deepEqual(first!.split("\r\n"), [
    "POST /step?now=1 HTTP/1.1",
    `host: ${bed.url.host}`,
    "authorization: Bearer secret",
    "content-length: 0",
  ]);
  assert.equal(second, first);
  const answers = `HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\nabcde${ACCEPTED}`;
  for (const piece of [answers.slice(0, 20), answers.slice(20, 52), answers.slice(52)]) {
    await say(connection, piece);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  bed.posts.send();
  assert.deepEqual(await requests(connection, 1), [first]);
  assert.equal(bed.lost, 0);
});

Deno.test("loopback posts that are refused are lost, and the connection stays", async () => {
  using bed = new Bed();
  bed.posts.send();
  const connection = await bed.accept();
  await requests(connection, 1);
  await say(connection, "HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\n\r\n{}");
  await bed.isLost();
  bed.posts.send();
  await requests(connection, 1);
  await say(connection, ACCEPTED);
  assert.equal(bed.lost, 1);
});

Deno.test("loopback posts without an answer are lost when their connection ends, and the next one makes another", async () => {
  using bed = new Bed();
  bed.posts.send();
  const first = await bed.accept();
  await requests(first, 1);
  await first.closeWrite();
  await bed.isLost();
  bed.posts.send();
  const second = await bed.accept();
  await requests(second, 1);
  await say(second, ACCEPTED);
  // Nothing is on its way: that it ends loses nothing.
  await new Promise((resolve) => setTimeout(resolve, 10));
  await second.closeWrite();
  await new Promise((resolve) => setTimeout(resolve, 10));
  bed.posts.send();
  await requests(await bed.accept(), 1);
  assert.equal(bed.lost, 1);
});

Deno.test("loopback posts are lost when the answer has no end", async () => {
  using bed = new Bed();
  bed.posts.send();
  const connection = await bed.accept();
  await requests(connection, 1);
  await say(connection, "x".repeat(50_000));
  await bed.isLost();
});

Deno.test("loopback posts are lost when nobody listens", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = new URL(`http://127.0.0.1:${free.addr.port}`);
  free.close();
  const posts = new LoopbackPosts({ url, token: "secret", lost: resolve });
  posts.send();
  await promise;
  posts.close();
});
