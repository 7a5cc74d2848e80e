# SPDX-License-Identifier: GPL-2.0-only
# bash completion of culvert: words, options and the names of peers, children and
# access lists as the daemon has them now.

_culvert()
{
	local IFS=$'\n'
	local words=("${COMP_WORDS[@]:1:COMP_CWORD}")

	COMPREPLY=($("${COMP_WORDS[0]}" __complete "${words[@]}" 2>/dev/null))
	# Files, where nothing else may stand.
	case "${words[*]}" in
	config$'\n'*) [ ${#COMPREPLY[@]} -gt 0 ] || compopt -o default ;;
	esac
}
complete -F _culvert culvert
