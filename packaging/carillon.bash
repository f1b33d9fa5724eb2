# Completion of carillon for bash: commands and options as the program's own --help tells them.
_carillon() {
  local current=${COMP_WORDS[COMP_CWORD]} word help
  local words=() commands
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ $word == -- ]]; then return; fi
    if [[ $word == -* ]]; then continue; fi
    help=$(carillon "${words[@]}" --help 2>/dev/null) || return
    commands=" $(sed -n '/^Subcommands:/,/^$/s/^  \([a-z-]*\) .*/\1/p' <<<"$help" | tr '\n' ' ')"
    if [[ $commands == *" $word "* ]]; then words+=("$word"); fi
  done
  help=$(carillon "${words[@]}" --help 2>/dev/null) || return
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(grep -oE '^  (-[a-z],)?--[a-z-]+' <<<"$help" | tr ',' '\n') --socket --json" -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -W "$(sed -n '/^Subcommands:/,/^$/s/^  \([a-z-]*\) .*/\1/p' <<<"$help")" -- "$current")
  fi
}
complete -o default -F _carillon carillon
