"""The bash that keeps a session in a lab: what starts it, what each step is wrapped in, and what ends it.

The session's shell reads these texts from its input, so whatever they do is hidden from a page as far as it can be:
they print nothing into its trace, and leave `$?`, `$_`, `PIPESTATUS` and the options as the last step left them.
What they have to say goes to the file /dev/shm/{name}, a line each:

    failed STATUS LINE OUTER STEP SUBSHELL OPTIONS FUNCTION COMMAND   a command failed, and nobody looked at it
    at LINE OUTER COMMAND                                              where the shell was when its time was over
    refused WHAT                                                       a step took what the session needs
"""

from __future__ import annotations

# Ends all that is in the session's cgroup. USR1 would be a page's; RTMAX asks the shell where it is, and it hears that
# once the command it waits for has ended.
STOP = """
session=/dev/shm/{name}
stop() {{
    local shell try pid left
    IFS= read -r shell <$session.shell
    for folder in /sys/fs/cgroup/pids /sys/fs/cgroup; do
        [ -d "$folder/{name}" ] || continue
        echo 0 >"$folder/{name}/pids.max"
        [ "$1" != ask ] || kill -RTMAX "$shell"
        for try in {{1..400}}; do
            left=
            while read -r pid; do
                left=$pid
                [ "$pid" = "$shell" ] && [ "$1" = ask ] && [ $try -lt 100 ] || kill -9 "$pid"
            done <"$folder/{name}/cgroup.procs"
            [ "$left" ] || break
            read -r -t 0.005 <>$session.pause
        done
        rmdir "$folder/{name}"
    done
}} 2>/dev/null
"""

# Starts the shell, and beside it what ends it when a step's time is over: inside the lab that takes a moment, whatever
# the machine's engine has to do. The shell says on descriptor 8 how many seconds a step has, and that it has ended.
# Its messages go through descriptor 9; no step has either, so redirecting the shell does not lose them.
START = STOP + """
mkfifo $session.limits $session.pause
: >$session
watch() {{
    while IFS= read -r limit; do
        [ "$limit" ] || continue
        IFS= read -r -t "$limit" limit && continue
        [ $? -gt 128 ] || return
        : >$session.late
        stop ask
        return
    done
}}
exec 9>&1 2>/dev/null
# What ends a step that hangs goes before all that the step keeps busy.
renice -n -20 $$ >&2
watch <$session.limits &
(
    echo $BASHPID >$session.shell
    for folder in /sys/fs/cgroup/pids /sys/fs/cgroup; do
        mkdir "$folder/{name}" && echo {most} >"$folder/{name}/pids.max" &&
            echo $BASHPID >"$folder/{name}/cgroup.procs" && break
    done 2>/dev/null
    cd
    renice -n 0 $BASHPID >&2
    SHLVL=0 exec bash --norc --noprofile 8>$session.limits 2>&9
)
status=$?
stop
[ ! -e $session.late ] || status=late
seen=0
[ ! -e $session.seen ] || IFS= read -r seen <$session.seen
mapfile -t -s $seen said <$session
[ ${{#said[@]}} -le 20 ] || said=("${{said[@]: -20}}")
printf '%s\\n' $'\\001{name}'" $status" "${{said[@]}}" $'\\001{name}'
[ -e $session.ended ] || rm -f $session $session.*
"""

# Ends a session from outside, where the watch inside did not, and prints what it said.
KILL = STOP + """
: >$session.ended
stop {ask}
cat $session
rm -f $session $session.*
"""

# `ERR` fires for each command that fails unhandled, and with -E in functions, subshells and substitutions too; what
# it leaves out, syntax.py puts into groups. 141 in a subshell is SIGPIPE, and curl says 23 then: what reads had enough.
SETUP = r"""
__session=/dev/shm/{name} __number=0 __seen=0 __status=0 __pipe=0 __last= __opts= __ended= __jobs=()
__unhandled= __open= __tested=
PS4=$'\x06+ '
shopt -s expand_aliases
# $1: exit code, $2: line, $3: command, then the exit codes of its pipeline, and $_, which the last argument restores.
__failed() {{
    local depth=1 line=$2 status=0 command=${{3%%$'\n'*}}
    [[ $command != *'builtin eval "$__step"'* ]] || return
    [[ $BASH_SUBSHELL = 0 || ( $1 != 141 && ! ( $1 = 23 && " $command" = *[\ /]curl\ * ) ) ]] || return
    if [[ $1 = 1 && -n $__tested && $command =~ ^({answers})' ' ]]; then
        # A search that finds nothing is an answer, if all that it looks through came.
        for status in "${{@:4:$#-5}}"; do [[ $status = @(0|141|"$__tested") ]] || break; done
        [[ $status != @(0|141|"$__tested") ]] || return
        set -- "$status" "$2"
    fi
    case ${{FUNCNAME[1]-}} in
        __context) __unhandled=yes; return ;;
        __not) line=${{BASH_LINENO[1]}} depth=2 command= ;;
        wait) return ;;
    esac
    __note failed "$1" "$line" "$depth" "$command"
}}
__note() {{
    local top=$3
    [[ -z ${{FUNCNAME[$4+1]-}} ]] || top=${{BASH_LINENO[-1]}}
    builtin printf '%s %s %s %s %s %s %s %s %s\n' "$1" "$2" "$3" "$top" "$__number" "$BASH_SUBSHELL" "$-" \
        "${{FUNCNAME[$4+1]:--}}" "$5" >>"$__session"
}}
# Whether a failure at this place would be looked at: __unhandled is empty then.
__context() {{ local -; set +e; __unhandled=; [[ '' ]]; return 0; }}
__not() {{ local -; set +e; [[ '' ]]; return 0; }}
__again() {{ return "$__before"; }}
__member() {{
    [[ -z $__unhandled || $1 = 141 || $1 = "${{2-}}" ]] || __note failed "$1" "${{BASH_LINENO[0]}}" 1 ''
    return "$1"
}}
# An error of arithmetic leaves a whole line of commands, and is no failure to bash: what was opened stays open.
__opened() {{ __close; __open=${{BASH_LINENO[0]}}; return "$__before"; }}
__closed() {{ __open=; return "$__before"; }}
__close() {{ [[ -z $__open ]] || __note failed 1 "$__open" 2 ''; __open=; }}
# Something was started in the background: $! is its process. A page may look at its exit code in a later step, so what
# nobody has looked at counts once all are waited for, or the page is over.
__began() {{
    [[ ${{__owner-}} = "$BASHPID" ]] || __jobs=() __owner=$BASHPID
    local top=${{BASH_LINENO[0]}}
    [[ -z ${{FUNCNAME[1]-}} ]] || top=${{BASH_LINENO[-1]}}
    __jobs[$!]="${{BASH_LINENO[0]}} $top $__number $((BASH_SUBSHELL + 1)) - ${{FUNCNAME[1]:--}} "
    builtin declare -F wait >/dev/null || builtin eval "$__waiting"
}}
__waiting='wait() {{
    {{ local - id; set +x; }} 2>/dev/null
    [[ ${{__owner-}} = "$BASHPID" ]] || __jobs=()
    if [[ $# -eq 0 ]]; then
        for id in "${{!__jobs[@]}}"; do __reap "$id"; done
        builtin wait; return
    fi
    for id in "$@"; do [[ $id = *[!0-9]* ]] || builtin unset "__jobs[$id]"; done
    builtin wait "$@"
    set -- "$?"
    for id in "${{!__jobs[@]}}"; do builtin kill -0 "$id" 2>/dev/null || builtin unset "__jobs[$id]"; done
    return "$1"
}}'
# What a signal ended was ended by the page.
__reap() {{
    builtin wait "$1" 2>/dev/null || set -- "$1" "$?"
    [[ -z ${{2-}} || $2 -gt 128 ]] || builtin printf 'failed %s %s\n' "$2" "${{__jobs[$1]}}" >>"$__session"
    builtin unset "__jobs[$1]"
}}
__reap_ended() {{
    local id
    for id in "${{!__jobs[@]}}"; do builtin kill -0 "$id" 2>/dev/null || __reap "$id"; done
}}
__begin() {{
    __ended=
    set -E
    [[ $PS4 = $'\x06'* || -z $PS4 ]] || PS4=$'\x06'$PS4
    [[ $__opts != *x* ]] || set -x
    return "$__status"
}}
__end() {{
    __opts=$- __ended=yes __status=$1 __last=$2
    set +x
    builtin printf -v __pipe '%s ' "${{@:3}}"
}}
__report() {{
    [[ $__ended ]] || __opts=$- __status=$2 __pipe=$2
    set +xv
    builtin printf '\n' >&8
    local lines now=
    __close
    builtin trap -p ERR >|"$__session.trap"
    IFS= builtin read -r -d '' now <"$__session.trap" || [[ . ]]
    [[ $now = "$__trap" ]] || builtin printf 'refused trap ERR\n' >>"$__session"
    [[ $__opts != *v* ]] || builtin printf 'refused set -v\n' >>"$__session"
    [[ $__opts = *E* ]] || builtin printf 'refused set +E\n' >>"$__session"
    builtin mapfile -t -s "$__seen" lines <"$__session"
    ((__seen += ${{#lines[@]}})) || [[ . ]]
    [[ ${{#lines[@]}} -eq 0 ]] || builtin printf -v now '%s\n' "${{lines[@]:0:20}}"
    [[ ${{#lines[@]}} -gt 0 ]] || now=
    builtin printf '\001%s %s %s\n%s\001%s\n' "$1" "$__status" "${{__pipe% }}" "$now" "$1" >&9
}}
# At the end of a page what still runs in the background may be about to fail.
__finish() {{
    set +x
    local try
    for try in 1 2 3 4 5; do
        __reap_ended
        [[ ${{#__jobs[@]}} -eq 0 ]] || command sleep 0.1
    done
    __reap_ended
    builtin printf '%s\n' "$__seen" >|"$__session.seen"
}}
__asked() {{
    __now=${{1%%$'\n'*}} __top=0
    [[ -z ${{FUNCNAME[1]-}} ]] || __top=${{BASH_LINENO[-1]}}
    trap '{{ __at "$LINENO"; }} 2>/dev/null' DEBUG
}}
__at() {{ builtin printf "at %s %s %s\n" "$1" "$__top" "$__now" >>"$__session"; builtin kill -9 $$; }}
trap '{{ __asked "$BASH_COMMAND"; }} 2>/dev/null' RTMAX
set -E
trap '{{ __failed "$?" "$LINENO" "$BASH_COMMAND" "${{PIPESTATUS[@]}}" "${{_-}}"; }} 2>/dev/null' ERR
trap -p ERR >$__session.trap
IFS= read -r -d '' __trap <$__session.trap || [[ . ]]
"""

# LINENO is set where nothing sets it back: in the redirection of a group. Line 1 is then the first one of the step.
# No alias of a page is one of the session's words.
STEP = """IFS= \\builtin read -r -d '' __step <<'{mark}' || [[ . ]]
{{ __begin "$__last"{pipe}; }} 2>/dev/null; {code}

{{ __end "$?" "${{_-}}" "${{PIPESTATUS[@]}}"; }} 2>/dev/null
{mark}
__number={number}; \\builtin printf '%s\\n' {limit} >&8
{{ [[ . ]]; }} 0<&"$((LINENO = 0))"
\\builtin eval "$__step" </dev/null 8>&- 9>&-
{{ __report {mark} "$?"; }} 2>/dev/null
"""
# What a page does not notice is run beside its steps.
LOOK = """{{ \\builtin {command}; \\builtin printf '\\001%s 0 0\\n\\001%s\\n' {mark} {mark}; }} >&9
"""
# The shell ends as a terminal does at the end of the day: with what the page has it do at its EXIT.
FINISH = """\\builtin printf '%s\\n' {limit} >&8; {{ __finish; __number=0; }} 2>/dev/null
\\builtin exit "$__status"
"""
