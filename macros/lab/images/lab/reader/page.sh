# page [NAME [STEP]]: goes through the commands of a page, in this shell.
#
# A file a page, made by macros/site/lab.py: the title, then the steps, a record separator before each. The first line
# of a step has its host ("-": whichever this is), the second what succeeds where it is run, the third the same in words;
# lines that begin with a unit separator wait for what the step uses. A step sees no name that is not __page_* or lab_*,
# and the functions that the pages' scripts have.
__page_reader=/usr/local/share/lab/reader
__page_folder=$__page_reader/pages
. $__page_reader/words
. $__page_reader/functions
complete -W "$(cd $__page_folder && find . -type f -printf '%P\n' | sort)" page

page() {
    local __page_name=${1%/} __page_steps=() __page_at __page_code __page_waits __page_status=0 __page_last
    if [ $# = 0 ]; then
        __page_list
        return
    fi
    __page_name=${__page_name%.md}
    [ ! -f "$__page_folder/$__page_name/index" ] || __page_name+=/index
    if [[ /$__page_name/ == */../* || ! -f $__page_folder/$__page_name ]]; then
        echo "${lab_unknown//\{name\}/$1}" >&2
        return 1
    fi
    mapfile -t -d $'\x1e' __page_steps <"$__page_folder/$__page_name"
    __page_last=$((${#__page_steps[@]} - 1)) __page_at=${2-1}
    if [[ ! $__page_at =~ ^[1-9][0-9]{0,3}$ ]] || ((__page_at > __page_last)); then
        __page_code=${lab_number//\{name\}/$__page_name}
        echo "${__page_code//\{last\}/$__page_last}" >&2
        return 1
    fi
    . $__page_reader/engine
    for (( ; __page_at <= __page_last; __page_at++)); do
        __page_ask "$__page_name" "${__page_steps[__page_at]}" || return 0
        [ -n "$__page_code" ] || continue
        eval "$__page_waits"
        history -s -- "$__page_code"
        (exit $__page_status)
        eval "$__page_code"
        __page_status=$?
    done
    # A step that was stopped (Ctrl-Z), or is itself a break, ends bash's loop.
    if ((__page_at <= __page_last)); then
        __page_code=${lab_stopped//\{name\}/$__page_name}
        echo "${__page_code//\{next\}/$((__page_at + 1))}"
    else
        echo "$lab_end"
    fi
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
    local host met where key question=$lab_keys
    { read -r host; read -r met; read -r where; IFS= read -rd '' __page_code; } <<<"$2"
    __page_code=${__page_code%$'\n'} __page_waits=
    printf '\n--- %s %s/%s\n' "$1" "$__page_at" "$__page_last"
    while [ "${__page_code:0:1}" = $'\x1f' ]; do
        __page_waits+=${__page_code%%$'\n'*}$'\n'
        __page_code=${__page_code#*$'\n'}
    done
    __page_waits=${__page_waits//$'\x1f'/}
    if [ "$host" != - ] && [ "$host" != "$HOSTNAME" ]; then
        question=${lab_elsewhere//\{host\}/$host}
    elif [ -n "$met" ] && ! (eval "$met"); then
        printf '%s %s\n' "$lab_skipped" "$where"
        __page_code=
        return
    fi
    printf '%s' "$__page_code"
    [ "$question" = "$lab_keys" ] || __page_code=
    # What was typed while the last step ran is no answer to this one.
    while IFS= read -rsn 1 -t 0.01 key; do :; done
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
