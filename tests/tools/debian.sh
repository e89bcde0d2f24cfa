#!/usr/bin/env bash
# Installs packages of Debian or Ubuntu, as root or with sudo; where there is no apt-get, says what to install.
# usage: debian.sh PACKAGE...
set -euo pipefail
command -v apt-get >/dev/null || { echo "install $*" >&2; exit 1; }
sudo=$([ "$(id -u)" = 0 ] || echo "sudo -n")
lists=/var/lib/apt/lists
# Lists of the last hour are new enough. Where what they name is gone meanwhile, they are got after all.
export DEBIAN_FRONTEND=noninteractive LISTS=0
if compgen -G "$lists/*Packages*" >/dev/null && [ -n "$(find $lists -maxdepth 0 -mmin -60)" ]; then LISTS=1; fi
# shellcheck disable=SC2016 # for the shell of root
exec bash "$(dirname "$0")/told.sh" "installing $*" $sudo env DEBIAN_FRONTEND=$DEBIAN_FRONTEND LISTS=$LISTS bash -c '
    get() { apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=120 "$@"; }
    # Descriptions in other languages are long, and nobody reads them here.
    update() { apt-get update -q -o Acquire::Languages=none -o APT::Get::List-Cleanup=false ||
        echo "apt-get update failed in part; trying with the package lists there are"; }
    [ "$LISTS" = 1 ] || update
    get "$@" || { [ "$LISTS" = 1 ] && update && get "$@"; }' debian.sh "$@"
