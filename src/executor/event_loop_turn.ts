import { setImmediate } from "node:timers";

/**
 * How to wait until Deno has reported the unhandled rejections of what just ran. The reports come in a later turn of the
 * event loop; which cheap way of waiting is enough differs: two channel messages on Deno 2.4 (8 µs, where an immediate
 * costs 1 ms), one immediate on Deno 2.9 (2 µs, where channel messages overtake the reports). So it is tried out, once
 * per Worker, with a rejection of our own.
 */
export async function chooseEventLoopTurn(probe: RejectionProbe): Promise<() => Promise<void>> {
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
  const immediate = () => new Promise<void>((resolve) => void setImmediate(resolve));
  const isEnough = async (wait: () => Promise<void>) => {
    for (let i = 0; i < 5; i++) if (!await probe(wait)) return false;
    return true;
  };
  if (await isEnough(twoMessages)) return twoMessages;
  channel.port1.close();
  if (await isEnough(immediate)) return immediate;
  throw new Error("this runtime does not report unhandled rejections when they are waited for");
}

/** Makes an unhandled rejection, waits, and says whether it was reported by then. */
export type RejectionProbe = (wait: () => Promise<void>) => Promise<boolean>;
