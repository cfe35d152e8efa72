/** Shells that we have a script for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

const BASH = `# bash completion for tmesh
_tmesh() {
  local out directive line current="\${COMP_WORDS[COMP_CWORD]}"
  out=$(tmesh __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null) || return
  directive=\${out##*:}
  COMPREPLY=()
  while IFS= read -r line; do
    [[ $line == :* ]] || COMPREPLY+=("\${line%%$'\\t'*}")
  done <<<"$out"
  if [[ $directive == 0 ]]; then
    compopt -o filenames
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current")
  fi
}
complete -F _tmesh tmesh
`;

const ZSH = `#compdef tmesh
_tmesh() {
  local out line directive
  local -a candidates
  out=$(tmesh __complete "\${(@)words[2,CURRENT]}" 2>/dev/null) || return
  directive=\${out##*:}
  for line in "\${(@f)out}"; do
    [[ $line == :* ]] || candidates+=("\${\${line//:/\\\\:}/$'\\t'/:}")
  done
  if [[ $directive == 0 ]]; then _files; else _describe tmesh candidates; fi
}
compdef _tmesh tmesh
`;

const FISH = `# fish completion for tmesh
function __tmesh_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l out (tmesh __complete $words[2..-1] 2>/dev/null)
    if test "$out[-1]" = ":0"
        __fish_complete_path (commandline -ct)
    else
        string match -v ':*' -- $out
    end
end
complete -c tmesh -f -a '(__tmesh_complete)'
`;

const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };

/** The script that teaches a shell to complete `tmesh`; it asks the program itself each time, so it never goes stale. */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}
