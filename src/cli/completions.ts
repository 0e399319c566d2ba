import { TaskerError } from "../core/errors.ts";
import { command, type Run } from "./command.ts";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";

export interface CompletionsOptions {
  readonly shell: string;
}

const BASH = `# tasker: put this into ~/.bashrc:  source <(tasker completions bash)
_tasker() {
  local word
  COMPREPLY=()
  while IFS= read -r word; do
    COMPREPLY+=("$word")
  done < <(tasker __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _tasker tasker
`;

const ZSH = `#compdef tasker
# tasker: put this into ~/.zshrc, after compinit:  source <(tasker completions zsh)
_tasker() {
  local -a proposals
  proposals=("\${(@f)$(tasker __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${proposals[1]}" ]]; then compadd -- "\${proposals[@]}"; else _files; fi
}
compdef _tasker tasker
`;

const FISH = `# tasker: put this into ~/.config/fish/config.fish:  tasker completions fish | source
complete -c tasker -f -a '(tasker __complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
`;

const SCRIPTS: Readonly<Record<string, string>> = { bash: BASH, zsh: ZSH, fish: FISH };

export const completionsCommand = command<object>({
  brief: "Print the completion script of a shell: bash, zsh or fish",
  flags: {},
  positional: [{ placeholder: "shell", brief: "bash, zsh or fish" }],
  load: () => Promise.resolve(parse),
});

const parse: Run<object> = (context, _flags, [shell]) => run({ shell: shell! }, context);

export function run(options: CompletionsOptions, context: Context): ExitCode {
  const script = Object.hasOwn(SCRIPTS, options.shell) ? SCRIPTS[options.shell]! : undefined;
  if (script === undefined) {
    throw new TaskerError("USAGE", `there is no completion for the shell "${options.shell}"`, {
      hint: `there is one for ${Object.keys(SCRIPTS).join(", ")}`,
    });
  }
  context.terminal.out(script);
  return EXIT.ok;
}
