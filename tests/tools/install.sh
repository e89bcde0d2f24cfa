#!/usr/bin/env bash
# Installs lists of packages, with their hashes, into a virtual environment, which it makes if there is none: by uv,
# which takes seconds, or by pip where uv cannot be had.
# usage: install.sh LIST... ; the lists that `make update` writes
#
# PYTHON     the interpreter to make the environment of (python3)
# VENV       its folder (.venv)
# INSTALLER  pip: do not ask for uv (uv)
set -euo pipefail

python=${PYTHON:-python3}
venv=${VENV:-.venv}
bin=$venv/bin
tools=$(dirname "$0")
# What a machine has set for pip by hand: neither goes with a folder to install to.
export PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0 PIP_DISABLE_PIP_VERSION_CHECK=1
# An index of one's own is pip's and uv's.
if [ -n "${PIP_INDEX_URL:-}" ]; then export UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-$PIP_INDEX_URL}; fi

say() { echo "install.sh: $*"; }
fail() { echo "install.sh: $*" >&2; exit 1; }
new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# environment: without pip, which takes longer to install than uv does to install everything.
environment() {
    [ ! -L "$venv" ] || fail "$venv is a link, and making it anew would empty what it leads to: remove the link"
    if new_enough "$bin/python"; then return; fi
    say "making $venv"
    if new_enough "$python" && "$python" -m venv --clear --without-pip "$venv"; then return; fi
    # uv finds other interpreters, and gets one where there is none.
    command -v uv >/dev/null || fail "no virtual environment: install Python 3.11 or newer with venv, or uv"
    rm -rf "$venv"
    uv venv --quiet --python ">=3.11" "$venv" || fail "no virtual environment: install Python 3.11 or newer"
}

# find_pip: that of the interpreter, or of the environment, or the one that comes with Python, which Debian has apart.
find_pip() {
    pip=("$python" -m pip --python "$bin/python") # since 22.3
    if "$python" -c 'import pip, sys; sys.exit([int(n) for n in pip.__version__.split(".")[:2]] < [22, 3])' \
        2>/dev/null; then return; fi
    pip=("$bin/python" -m pip)
    if "$bin/python" -c 'import pip' 2>/dev/null; then return; fi
    say "unpacking the pip that comes with Python"
    if "$bin/python" -m ensurepip >/dev/null 2>&1; then return; fi
    if command -v apt-get >/dev/null; then bash "$tools/debian.sh" python3-venv || true; fi
    say "unpacking it"
    "$bin/python" -m ensurepip >/dev/null || fail "no pip: install Python 3.11 or newer with venv"
}

# find_uv: the machine's own, or one in the environment; status 1 where there is none for this platform, or in this index.
find_uv() {
    uv=$(command -v uv) && return
    uv=$venv/uv/bin/uv
    if [ -x "$uv" ] && [ ! "$tools/uv.txt" -nt "$uv" ]; then return; fi
    find_pip
    say "getting uv, which installs the packages"
    # Never from its source, which takes a compiler and minutes.
    "${pip[@]}" install --quiet --no-deps --no-compile --only-binary :all: --require-hashes --upgrade \
        --target "$venv/uv" -r "$tools/uv.txt" && touch "$uv" && "$uv" --version >/dev/null
}

# names LIST: what it asks for, in a line.
names() { sed -n 's/==.*//p' "$1" | uniq | paste -sd ' ' | sed 's/ /, /g'; }

environment
lists=()
for list; do
    say "installing what $list names: $(names "$list")"
    lists+=(-r "$list")
done
if [ "${INSTALLER:-uv}" = pip ]; then
    say "pip does it, as INSTALLER says"
elif ! find_uv; then
    say "uv cannot be had here; pip does it, which takes longer"
elif "$uv" pip install --python "$bin/python" --require-hashes "${lists[@]}"; then
    exit
else
    say "$uv could not; pip tries"
fi
find_pip
"${pip[@]}" install --require-hashes "${lists[@]}"
