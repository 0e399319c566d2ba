/** How many relays may be under way at a time; those that are nested in others, and forks, wait for no turn. */
export const CONCURRENCY = 3;

/** The legs of a relay; each of those that end in `inner` is a nested relay of its own first leg. */
export const LEGS = ["a", "b", "inner", "c"] as const;

/** The key of a leg's call. */
export const legKey = (name: string, leg: string) => `${name}.${leg}~1`;

/** Keys of all calls of a relay and what is nested in it. */
export function keysOf(name: string): string[] {
  return [...LEGS.filter((leg) => leg !== "inner").map((leg) => legKey(name, leg)), legKey(`${name}.inner`, "a")];
}

/**
 * The source of a task whose calls are tried once: it fails of whatever goes wrong at the service at `host`, and is to be
 * retried. It keeps a row of each answer, and gives all of them.
 */
export function relaySource(host: string): string {
  return `
export const manifest = {
  description: "Fails of its first failed call",
  services: ["http", "records", "tasks"],
  hosts: ["${host}"],
  limits: { concurrency: ${CONCURRENCY}, rate: "5/s" },
  input: { type: "object", properties: { name: { type: "string" }, after: { type: "string" } }, required: ["name"] },
};

export default async function relay({ name, after = "" }) {
  const once = tools.with({ timeout: 2500, retry: { maxAttempts: 1 } });
  const run = async (leg, after) => {
    const key = name + "." + leg + "~1";
    const { body } = await once.http.fetch("http://${host}/call?key=" + key + "&after=" + after, {});
    const { token } = JSON.parse(body);
    await tools.records.append("leg", [{ key, token, dice: Math.random() }]);
    return token;
  };
  if (name.endsWith(".inner")) return [await run("a", after)];
  const [a, b] = await Promise.all([run("a", ""), run("b", "")]);
  const [inner] = await tools.tasks.execute("relay", { name: name + ".inner", after: a });
  console.log("handed on " + inner);
  return [a, b, inner, await run("c", inner)];
}
`;
}
