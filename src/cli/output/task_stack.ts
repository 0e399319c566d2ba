import type { SerializedError } from "../../core/errors.ts";

/**
 * Where a task failed, for people who have read the error's message already: the stack without the message in its head.
 * The name stays when it says more than "Error" does. undefined when there is no place in it.
 */
export function taskStack({ name, message, stack }: SerializedError): string | undefined {
  if (stack === undefined) return undefined;
  const frames = stack.slice(headLength(stack, message)).replace(/^\s*\n/, "").trimEnd();
  if (frames.trim() === "") return undefined;
  return /^(?:Error|TaskerError)$/.test(name) ? frames : `${name}\n${frames}`;
}

/** V8 puts `Name: message` before the frames, and the message may have lines that look like frames. */
function headLength(stack: string, message: string): number {
  const start = message === "" ? -1 : stack.indexOf(message);
  const firstFrame = /^\s+at /m.exec(stack)?.index ?? stack.length;
  return start >= 0 && start <= firstFrame ? start + message.length : firstFrame;
}
