import { TaskerError } from "../../core/errors.ts";
import type { Manifest } from "../../core/manifest.ts";

const DEFAULT_PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

/**
 * The URL, if a task with this manifest may reach it; HOST_REFUSED or INVALID_INPUT otherwise. Only what is listed is
 * reached, loopback and private addresses included: `example.com` is that host on its scheme's own port, `example.com:8443`
 * that port, `*.example.com` its subdomains and not itself. A wildcard matches no address.
 */
export function checkUrl(text: string, manifest: Pick<Manifest, "hosts">, base?: URL): URL {
  const url = parse(text, base);
  if (DEFAULT_PORTS[url.protocol] === undefined) {
    throw new TaskerError("HOST_REFUSED", `http.fetch reaches http: and https: only, not ${url.protocol}`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new TaskerError("INVALID_INPUT", `the URL for ${url.host} has a user name or password in it`, {
      hint: "send them in an Authorization header, from the keystore",
    });
  }
  if (!manifest.hosts.some((pattern) => matchesHost(url, pattern))) {
    throw new TaskerError("HOST_REFUSED", `the task may not reach ${url.host}`, {
      hint: `its manifest lists ${manifest.hosts.length === 0 ? "no hosts" : manifest.hosts.join(", ")}: ` +
        `add "${url.host}" to "hosts" if it should`,
    });
  }
  return url;
}

/** Whether one entry of a manifest's `hosts` names the URL's host and port. */
export function matchesHost(url: URL, pattern: string): boolean {
  const wildcard = pattern.startsWith("*.");
  const bare = wildcard ? pattern.slice(2) : pattern;
  // Through URL, so that case, IDN and the many ways to write an address are one.
  const listed = URL.parse(`${url.protocol}//${bare}`);
  if (listed === null || bare === "" || listed.host === "" || listed.pathname !== "/" || /[/?#@\\\s]/.test(bare)) {
    return false;
  }
  if (port(url) !== port(listed)) return false;
  if (!wildcard) return url.hostname === listed.hostname;
  return !isAddress(url.hostname) && url.hostname.endsWith(`.${listed.hostname}`);
}

function port({ port, protocol }: URL): string {
  return port === "" ? DEFAULT_PORTS[protocol]! : port;
}

function isAddress(hostname: string): boolean {
  return hostname.startsWith("[") || /^\d+\.\d+\.\d+\.\d+$/.test(hostname);
}

function parse(text: string, base: URL | undefined): URL {
  const url = base === undefined ? URL.parse(text) : URL.parse(text, base);
  if (url !== null) return url;
  throw new TaskerError(
    "INVALID_INPUT",
    base === undefined ? "http.fetch was given no absolute URL" : "a redirect names no URL",
    {
      hint: 'such as "https://example.com/path"',
    },
  );
}
