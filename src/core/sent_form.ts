import { isJsonObject, type Json } from "./json.ts";
import { REDACTED, redacted, SECRET } from "./redaction.ts";

/** Arguments as a ledger keeps them. */
export interface SentForm {
  /** JSON text. */
  readonly json: string;
  /** Whether that is all of them, character by character. */
  readonly isExact: boolean;
}

/** Members whose text is a whole message: a file, a mail, a form. */
const BODY = /^(?:body|bodyBase64|raw|data)$/;
/** Characters of one text, and of one argument, that are kept as they are. */
const LONGEST_TEXT = 500;
const LONGEST_ARGUMENT = 4_000;
/** What looks like nothing that must be left out, and is short, is kept without being parsed. */
const SUSPECT = new RegExp(`${SECRET.source}|://|"(?:body|bodyBase64|raw|data)":`, "i");
/** Parameters of a URL that are secrets by their names. */
const SECRET_PARAMETER = new RegExp(
  `([?&#](?:[^=&#\\s]*(?:${SECRET.source})[^=&#\\s]*|key|sig|signature|code|auth)=)[^&#\\s"]+`,
  "gi",
);

/** The arguments of a call (a JSON text of a list) without secrets, and of what is long no more than its digest. */
export function sentForm(args: string, digest: (text: string) => Json): SentForm {
  if (args.length <= LONGEST_TEXT && !SUSPECT.test(args)) return { json: args, isExact: true };
  const bare = (value: Json): Json => {
    if (typeof value === "string") return value.length > LONGEST_TEXT ? digest(value) : withoutSecrets(value);
    if (Array.isArray(value)) return value.map(bare);
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => {
        const isText = typeof member === "string" || Array.isArray(member);
        return [name, isText && BODY.test(name) ? digest(JSON.stringify(member)) : bare(member)];
      }),
    );
  };
  const list = (JSON.parse(args) as readonly Json[]).map((argument) => {
    const form = bare(redacted(argument));
    const json = JSON.stringify(form);
    return json.length > LONGEST_ARGUMENT ? digest(JSON.stringify(argument)) : form;
  });
  const json = JSON.stringify(list);
  return { json, isExact: json === args };
}

function withoutSecrets(text: string): string {
  return text.includes("://") ? text.replace(SECRET_PARAMETER, `$1${REDACTED}`) : text;
}
