import type { Directory } from "./directory.ts";
import { MailPlanner } from "./mail_plan.ts";
import { Mailbox } from "./mailbox.ts";
import type { DirectoryUser } from "./people.ts";

export interface MailboxesParams {
  seed: number;
  /** ms: generated mail is older. */
  now: number;
  messagesPerUser: number;
  directory: Directory;
}

/** Every user's mailbox, opened when first asked for. */
export class Mailboxes {
  readonly #params: MailboxesParams;
  readonly #open = new Map<string, Mailbox>();
  readonly #colleagues = new Map<string, DirectoryUser[]>();

  constructor(params: MailboxesParams) {
    this.#params = params;
    for (const user of params.directory.users()) {
      const domain = this.#colleagues.get(user.domain) ?? [];
      domain[user.position] = user;
      this.#colleagues.set(user.domain, domain);
    }
  }

  of(user: DirectoryUser): Mailbox {
    let mailbox = this.#open.get(user.id);
    if (mailbox === undefined) this.#open.set(user.id, mailbox = this.#make(user));
    return mailbox;
  }

  #make(owner: DirectoryUser): Mailbox {
    const { seed, now, messagesPerUser } = this.#params;
    if (messagesPerUser === 0) return new Mailbox({ owner: owner.email });
    const colleagues = this.#colleagues.get(owner.domain) ?? [owner];
    return new Mailbox({
      owner: owner.email,
      planner: new MailPlanner({ seed, now, messagesPerUser, owner, colleagues }),
    });
  }
}
