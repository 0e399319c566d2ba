import type { Dice } from "./dice.ts";

/** The words of generated business mail. `{name}` stands for something drawn from `THINGS`. */

const THINGS: Readonly<Record<string, readonly string[]>> = {
  project: ["Apollo", "Borealis", "Cedar", "Delphi", "Everest", "Falcon", "Granite", "Harbor"],
  customer: ["Northwind", "Contoso", "Fabrikam", "Tailspin", "Litware", "Adatum", "Wingtip", "Proseware"],
  vendor: ["Paperclip Supplies", "Bluebird Travel", "Stackhouse Hosting", "Clearwater Legal", "Metro Courier"],
  weekday: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
  month: ["January", "February", "March", "April", "May", "June", "September", "October", "November"],
  quarter: ["Q1", "Q2", "Q3", "Q4"],
  role: ["account manager", "backend engineer", "support lead", "financial analyst", "office manager"],
  place: ["Lisbon", "Rotterdam", "Hamburg", "Denver", "Osaka", "Leeds"],
  system: ["CI", "Monitoring", "Helpdesk", "Expenses", "Wiki"],
};

/** What a generated mail is about. */
export type MailKind =
  | "team"
  | "announcement"
  | "customer"
  | "invoice"
  | "newsletter"
  | "notification"
  | "invitation"
  | "spam";

const SUBJECTS: Readonly<Record<MailKind, readonly string[]>> = {
  team: [
    "{project} status, week {#52}",
    "Minutes: {project} weekly",
    "Budget {quarter}: first draft",
    "{customer}: renewal terms",
    "Release {#9}.{#20} checklist",
    "Interview feedback: {role}",
    "Offsite in {place}: agenda",
    "{customer} escalation",
    "{quarter} forecast",
    "On-call handover on {weekday}",
  ],
  announcement: [
    "All hands on {weekday}",
    "New travel policy from {month}",
    "Security training due in {month}",
    "Welcome to our new {role}",
    "Office in {place} closed on {weekday}",
  ],
  customer: [
    "Question about order {#90000}",
    "Quote for {project} licences",
    "Signed contract {#9000}",
    "Can we meet on {weekday}?",
    "Delivery to {place} is late",
    "Renewal for {month}",
  ],
  invoice: ["Invoice INV-{#90000} from {vendor}", "{vendor}: payment reminder for INV-{#90000}", "Receipt {#900000}"],
  newsletter: ["The {month} briefing", "Five things about {project} this week", "{place} meetup: last seats"],
  notification: [
    "[{system}] Build #{#9000} passed",
    "[{system}] Ticket {#90000} was updated",
    "[{system}] Your weekly report is ready",
    "[{system}] Password expires in 7 days",
  ],
  invitation: [
    "Invitation: {project} review on {weekday}",
    "Invitation: 1:1 on {weekday}",
    "Updated: {quarter} planning",
  ],
  spam: [
    "You have been selected!!!",
    "Urgent: verify your account",
    "Re: your parcel in {place}",
    "Cheap watches, -{#90}%",
  ],
};

const SENTENCES: Readonly<Record<MailKind, readonly string[]>> = {
  team: [
    "The {project} milestone moves to {weekday}; nobody is blocked.",
    "Please look at the figures for {quarter} before we send them to {customer}.",
    "I have put the open points into the shared document.",
    "{customer} asked for the audit log again, can someone answer by {weekday}?",
    "We agreed to keep the scope of {project} as it is.",
    "The trip to {place} is booked for the first week of {month}.",
    "Let me know if anything is missing.",
  ],
  announcement: [
    "Please read the page on the wiki before {weekday}.",
    "The change takes effect in {month} and concerns every team.",
    "Questions go to the people team, as always.",
    "Lunch is provided in {place}.",
  ],
  customer: [
    "We have not heard back since {weekday}.",
    "Could you send us the terms for {project} again?",
    "Our colleagues in {place} need {#400} more seats from {month}.",
    "The signed contract is on its way.",
    "Thank you for the quick answer.",
    "Please confirm the delivery date.",
  ],
  invoice: [
    "Please find the invoice for {month} attached.",
    "The amount of {#9000}.{#90} EUR is due within 30 days.",
    "If you have already paid, please disregard this mail.",
  ],
  newsletter: [
    "This month: what {customer} learned from moving to {place}.",
    "Read how {project} cut its costs by {#60} percent.",
    "You receive this because you signed up in {month}.",
  ],
  notification: [
    "This is an automatic message.",
    "{#40} checks ran, {#5} were skipped.",
    "Open the dashboard for the details of {project}.",
  ],
  invitation: [
    "You have been invited to a meeting about {project}.",
    "Where: {place}, room {#40}.",
    "When: {weekday}, {#11}:30.",
  ],
  spam: [
    "Act now, this offer ends on {weekday}.",
    "We could not deliver your parcel to {place}, click to pay the fee.",
    "Dear winner, kindly send your details.",
  ],
};

/** Replaces `{thing}` by one of the things and `{#n}` by a number from 1 to n. */
function fill(template: string, dice: Dice): string {
  return template.replace(
    /\{(#?)(\w+)\}/g,
    (_all, number: string, name: string) =>
      number === "#" ? String(1 + dice.between(0, Number(name))) : dice.pick(THINGS[name]!),
  );
}

export function writeSubject(kind: MailKind, dice: Dice): string {
  return fill(dice.pick(SUBJECTS[kind]), dice);
}

export interface BodyParams {
  kind: MailKind;
  /** Given name of whom it is addressed to. */
  greeting: string;
  signature: string;
}

/** A plain body of a greeting, two to five sentences and a signature; lines end with LF. */
export function writeBody(params: BodyParams, dice: Dice): string {
  const pool = SENTENCES[params.kind];
  const count = Math.min(dice.between(2, 6), pool.length);
  const first = dice.between(0, pool.length);
  const sentences = Array.from({ length: count }, (_none, at) => fill(pool[(first + at) % pool.length]!, dice));
  const half = Math.ceil(count / 2);
  return `Hi ${params.greeting},\n\n${sentences.slice(0, half).join(" ")}\n${sentences.slice(half).join(" ")}\n\n` +
    `Best regards\n${params.signature}\n`;
}

/** People and senders outside the Workspace. */
export const OUTSIDERS: readonly { name: string; address: string }[] = [
  { name: "Dana Whitfield", address: "dana.whitfield@northwind.example" },
  { name: "Marc Olivier", address: "m.olivier@contoso.example" },
  { name: "Renée Caron", address: "renee.caron@fabrikam.example" },
  { name: "Stefan Brandt", address: "stefan.brandt@litware.example" },
  { name: "Yuki Mori", address: "yuki@adatum.example" },
  { name: "Helen Park", address: "helen.park@wingtip.example" },
];

/** Machines and mailings by the kind of mail they send. */
export const SENDERS: Readonly<
  Record<"invoice" | "newsletter" | "notification" | "spam", readonly { name: string; address: string }[]>
> = {
  invoice: [
    { name: "Paperclip Supplies Billing", address: "billing@paperclip.example" },
    { name: "Stackhouse Hosting", address: "invoices@stackhouse.example" },
    { name: "Bluebird Travel", address: "accounts@bluebird.example" },
  ],
  newsletter: [
    { name: "The Industry Briefing", address: "news@briefing.example" },
    { name: "Meetup Digest", address: "digest@meetups.example" },
  ],
  notification: [
    { name: "CI", address: "noreply@ci.example" },
    { name: "Helpdesk", address: "helpdesk@tickets.example" },
  ],
  spam: [
    { name: "Prize Office", address: "winner@lucky.invalid" },
    { name: "Account Security", address: "security@verify.invalid" },
  ],
};
