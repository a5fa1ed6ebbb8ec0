# ask-zsh.zsh LINE PLACE: what zsh offers for LINE with the completion PLACE/_tsv, one word a line. Completion needs the line
# editor, and that a terminal: one is made, and the words that compadd is given are printed to it.
zmodload zsh/zpty
line=$1 place=$2
zpty asked "zsh -f -i"
zpty -w asked "PROMPT=; fpath=($place \$fpath); autoload -Uz compinit; compinit -u -D; zstyle ':completion:*' list-colors ''"
zpty -w asked 'compadd() {
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return; fi
  local -a found; builtin compadd -A found "$@"; (( $#found )) && print -rl -- "offered:"${^found}
  builtin compadd "$@"
}'
zpty -w asked 'finish() { print; print -r -- END-OF-LIST; }; ask() { zle complete-word; finish; }; zle -C complete-word complete-word _main_complete; zle -N ask; bindkey "^X" ask; print READY-NOW'
while zpty -r asked text; do case $text in READY-NOW*) break ;; esac; done
zpty -n -w asked "$line"$'\x18'
while zpty -r asked text; do
  text=${text%%[[:space:]]#}
  case $text in *offered:*) print -r -- ${${text##*offered:}%$'\r'} ;; END-OF-LIST*) break ;; esac
done
zpty -d asked
