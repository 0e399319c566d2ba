/**
 * JSON text of a SerializedError for anything that task code threw: `name`, `code` (`TASK_FAILED` without one),
 * `message`, and where there are any `hint`, `details` and `stack`. Each is bounded; a value that resists being read is
 * still described.
 */
export function describeError(value: unknown, inspect: (value: unknown) => string): string {
  const { stringify } = JSON;
  const read = (key: string): unknown => {
    try {
      return (value as Record<string, unknown>)[key];
    } catch {
      return undefined;
    }
  };
  const text = (candidate: unknown, most: number): string | undefined => {
    if (typeof candidate !== "string" || candidate === "") return undefined;
    return candidate.length > most ? `${candidate.slice(0, most)} …` : candidate;
  };
  const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
  const message = isObject ? text(read("message"), 16_384) : undefined;
  let isError = false;
  try {
    isError = isObject && value instanceof Error;
  } catch {
    // A proxy that does not tell what it is.
  }
  const members = [
    `"name":${stringify((isObject ? text(read("name"), 200) : undefined) ?? "Error")}`,
    `"code":${stringify((isObject ? text(read("code"), 200) : undefined) ?? "TASK_FAILED")}`,
    `"message":${stringify(message ?? text(inspect(isError ? read("message") : value), 16_384) ?? "")}`,
  ];
  if (!isObject) return `{${members.join(",")}}`;
  const hint = text(read("hint"), 2_048);
  if (hint !== undefined) members.push(`"hint":${stringify(hint)}`);
  const details = read("details");
  if (typeof details === "object" && details !== null) {
    try {
      const json = stringify(details);
      if (typeof json === "string" && json[0] === "{" && json.length <= 65_536) members.push(`"details":${json}`);
    } catch {
      // Details that cannot be recorded are left out; the error itself is what matters.
    }
  }
  const stack = text(read("stack"), 8_192);
  if (stack !== undefined) members.push(`"stack":${stringify(stack)}`);
  return `{${members.join(",")}}`;
}
