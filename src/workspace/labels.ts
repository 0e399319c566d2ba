/** Labels of a mailbox: Gmail's own and those its owner made. */

export interface Label {
  id: string;
  name: string;
  type: "system" | "user";
}

const SYSTEM_LABELS = [
  "CHAT",
  "SENT",
  "INBOX",
  "IMPORTANT",
  "TRASH",
  "DRAFT",
  "SPAM",
  "CATEGORY_FORUMS",
  "CATEGORY_UPDATES",
  "CATEGORY_PERSONAL",
  "CATEGORY_PROMOTIONS",
  "CATEGORY_SOCIAL",
  "STARRED",
  "UNREAD",
];

/** How Google Takeout names Gmail's own labels in `X-Gmail-Labels` (English accounts), in lower case. */
const TAKEOUT_NAMES: Readonly<Record<string, string | null>> = {
  inbox: "INBOX",
  unread: "UNREAD",
  sent: "SENT",
  starred: "STARRED",
  important: "IMPORTANT",
  spam: "SPAM",
  trash: "TRASH",
  bin: "TRASH",
  drafts: "DRAFT",
  draft: "DRAFT",
  chat: "CHAT",
  "category personal": "CATEGORY_PERSONAL",
  "category social": "CATEGORY_SOCIAL",
  "category promotions": "CATEGORY_PROMOTIONS",
  "category updates": "CATEGORY_UPDATES",
  "category forums": "CATEGORY_FORUMS",
  // States that are the absence of a label.
  archived: null,
  opened: null,
};

/** The labels of one mailbox. */
export class LabelTable {
  readonly #labels = new Map<string, Label>(
    SYSTEM_LABELS.map((id) => [id, { id, name: id, type: "system" }]),
  );
  readonly #idByName = new Map<string, string>();

  constructor(userLabels: readonly string[] = []) {
    for (const name of userLabels) this.idOf(name);
  }

  list(): Label[] {
    return [...this.#labels.values()];
  }

  get(id: string): Label | undefined {
    return this.#labels.get(id);
  }

  /** The id of a label by its name; a label not seen before is made. */
  idOf(name: string): string {
    const known = this.#idByName.get(name);
    if (known !== undefined) return known;
    const id = `Label_${this.#idByName.size + 1}`;
    this.#idByName.set(name, id);
    this.#labels.set(id, { id, name, type: "user" });
    return id;
  }

  /** User labels by name. */
  userLabels(): ReadonlyMap<string, string> {
    return this.#idByName;
  }

  /** The ids that a Takeout `X-Gmail-Labels` header means: names with commas between them, some in quotes. */
  idsOfTakeout(header: string): string[] {
    const names = [...header.matchAll(/"([^"]*)"|([^,"]+)/g)].map((found) => (found[1] ?? found[2] ?? "").trim());
    const ids = names.filter((name) => name !== "").flatMap((name) => {
      const key = name.toLowerCase();
      if (!Object.hasOwn(TAKEOUT_NAMES, key)) return [this.idOf(name)];
      const id = TAKEOUT_NAMES[key]!;
      return id === null ? [] : [id];
    });
    return [...new Set(ids)];
  }
}
