import { setImmediate } from "node:timers";

/** An immediate that takes no longer is not worth another attempt, ms. */
const CHEAP = 0.3;

/**
 * How to wait until Deno has reported the unhandled rejections of what just ran. The reports come in a later turn of the
 * event loop; which cheap way of waiting is enough, and what it costs, differs between versions: an immediate takes 20 µs
 * on Deno 2.9, and 1 ms on 2.4, where two channel messages do in a few µs. So it is tried out, once per Worker, with
 * rejections of our own.
 */
export async function chooseEventLoopTurn(probe: RejectionProbe): Promise<() => Promise<void>> {
  /** The shortest time that it took, ms; Infinity when it was not always enough. */
  const cost = async (wait: () => Promise<void>) => {
    let least = Infinity;
    for (let i = 0; i < 5; i++) {
      const begun = performance.now();
      if (!await probe(wait)) return Infinity;
      least = Math.min(least, performance.now() - begun);
    }
    return least;
  };
  const immediate = () => new Promise<void>((resolve) => void setImmediate(resolve));
  const immediateCost = await cost(immediate);
  if (immediateCost < CHEAP) return immediate;
  const channel = new MessageChannel();
  let wake = () => {};
  channel.port1.onmessage = () => wake();
  const message = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
      channel.port2.postMessage(0);
    });
  const twoMessages = async () => {
    await message();
    await message();
  };
  const messagesCost = await cost(twoMessages);
  if (Math.min(messagesCost, immediateCost) === Infinity) {
    throw new Error("this runtime does not report unhandled rejections when they are waited for");
  }
  return messagesCost < immediateCost ? twoMessages : immediate;
}

/** Makes an unhandled rejection, waits, and says whether it was reported by then. */
export type RejectionProbe = (wait: () => Promise<void>) => Promise<boolean>;
