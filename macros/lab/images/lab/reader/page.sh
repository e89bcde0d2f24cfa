# page [NAME [STEP]]: goes through the commands of a page, in this shell.
#
# A file a page, made by macros/site/lab.py: the title, then the steps, a record separator before each. The first line
# of a step has its host ("-": whichever this is) and what it needs; lines that begin with a unit separator wait for what
# the step uses. A step sees no name that is not __page_* or lab_*, and the functions that the pages' scripts have.
__page_folder=/usr/local/share/lab/reader/pages
. /usr/local/share/lab/reader/words
. /usr/local/share/lab/reader/functions
complete -W "$(cd $__page_folder && find . -type f -printf '%P\n' | sort)" page

page() {
    local __page_steps=() __page_at __page_code __page_waits __page_status=0
    if [ $# = 0 ]; then
        __page_list
        return
    fi
    if [ ! -f "$__page_folder/$1" ]; then
        echo "${lab_unknown//\{name\}/$1}" >&2
        return 1
    fi
    mapfile -t -d $'\x1e' __page_steps <"$__page_folder/$1"
    for ((__page_at = ${2:-1}; __page_at < ${#__page_steps[@]}; __page_at++)); do
        __page_ask "$1" "${__page_steps[__page_at]}" || return 0
        [ -n "$__page_code" ] || continue
        eval "$__page_waits"
        history -s -- "$__page_code"
        (exit $__page_status)
        eval "$__page_code"
        __page_status=$?
    done
    echo "$lab_end"
}

__page_list() {
    local name title
    for name in $(cd $__page_folder && find . -type f -printf '%P\n' | sort); do
        IFS= read -r title <"$__page_folder/$name"
        printf '%-36s %s\n' "$name" "$title"
    done
}

# __page_ask PAGE STEP: shows a step and asks what to do. Leaves in __page_code what to run, "" for nothing, and in
# __page_waits what waits before; fails at q.
__page_ask() {
    local host needs key question=$lab_keys
    read -r host needs <<<"${2%%$'\n'*}"
    printf '\n--- %s %s/%s%s\n' "$1" "$__page_at" $((${#__page_steps[@]} - 1)) "${needs:+ ($needs)}"
    __page_code=${2#*$'\n'} __page_waits=
    while [ "${__page_code:0:1}" = $'\x1f' ]; do
        __page_waits+=${__page_code%%$'\n'*}$'\n'
        __page_code=${__page_code#*$'\n'}
    done
    __page_waits=${__page_waits//$'\x1f'/}
    printf '%s' "$__page_code"
    if [ "$host" != - ] && [ "$host" != "$HOSTNAME" ]; then
        question=${lab_elsewhere//\{host\}/$host} __page_code=
    fi
    while :; do
        IFS= read -rsn 1 -p "--- $question " key || return
        echo
        case $key in
            '') return ;;
            s) __page_code= && return ;;
            q) return 1 ;;
        esac
    done
}
