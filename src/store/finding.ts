/** What an examination has found about one thing. */
export interface Finding {
  readonly check: string;
  /** `note`: nothing is wrong, but somebody should know. */
  readonly status: "ok" | "note" | "fail";
  readonly message: string;
  /** What to do. Given with everything that is not ok. */
  readonly hint?: string;
}

export const ok = (check: string, message: string): Finding => ({ check, status: "ok", message });
export const noted = (check: string, message: string, hint: string): Finding => ({
  check,
  status: "note",
  message,
  hint,
});
export const failed = (check: string, message: string, hint: string): Finding => ({
  check,
  status: "fail",
  message,
  hint,
});
