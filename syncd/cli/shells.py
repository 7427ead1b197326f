"""What bash, zsh and fish are to read, so that they ask syncd how a line may go on."""

from __future__ import annotations

import json
import sys

from syncd.cli.options import Options, Usage

SCRIPTS = {
    "bash": """\
# syncd completion bash > ~/.local/share/bash-completion/completions/syncd
_syncd_complete() {
    local IFS=$'\\n'
    COMPREPLY=( $( "$1" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null ) )
}
complete -o default -F _syncd_complete syncd
""",
    "zsh": """\
#compdef syncd
# In .zshrc, after compinit: source <(syncd completion zsh). Or as _syncd in a folder of fpath.
_syncd() {
    local -a found
    found=( ${(f)"$( "${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null )"} )
    if (( ${#found} )); then compadd -- $found; else _files; fi
}
if [[ "$funcstack[1]" == _syncd ]]; then _syncd "$@"; else compdef _syncd syncd; fi
""",
    "fish": """\
# syncd completion fish > ~/.config/fish/completions/syncd.fish
function __syncd_complete
    set -l words (commandline -opc)
    $words[1] __complete $words[2..-1] (commandline -ct | string collect --allow-empty) 2>/dev/null
end
complete -c syncd -a '(__syncd_complete)'
""",
}


def script(shell: str, options: Options) -> int:
    """Print what the shell is to read. Raises Usage for another shell."""
    if shell not in SCRIPTS:
        raise Usage(f'"{shell}" is not one of {", ".join(SCRIPTS)}', "syncd completion bash")
    text = SCRIPTS[shell]
    if options.format in ("json", "jsonl"):
        text = json.dumps({"schema": "syncd/completion/1", "shell": shell, "script": text}) + "\n"
    sys.stdout.write(text)
    return 0
