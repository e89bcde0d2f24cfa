#!/bin/bash
# collect.sh SOURCE ROOT: puts into ROOT the httpd of Debian's apache2-bin, the few tools, and the libraries they load.
set -eu
source=$1 root=$2
prefix=$root/usr/local/apache2
tools="bash sh basename cat chmod chown cp cut date dd df dirname du echo env expr false find findmnt getent grep head
    hostname id ln ls mkdir mktemp mount mv pwd readlink rm rmdir sed seq sleep sort stat tail tee test touch tr true
    uname uniq wc which whoami xargs"

# put FILE PLACE: copies FILE to PLACE below the root, and the libraries it is linked with to where they are.
put() {
    local library
    mkdir -p "$(dirname "$root$2")"
    cp -L "$1" "$root$2"
    { ldd "$1" 2>/dev/null || true; } | grep -o '/[^ )]*' | while read -r library; do
        [ -e "$root$library" ] || { mkdir -p "$(dirname "$root$library")"; cp -L "$library" "$root$library"; }
    done
}

mkdir -p "$root"/{etc,home,root,run,tmp,usr/bin,usr/sbin,usr/lib,usr/lib64,var/tmp} "$prefix"/{bin,conf,htdocs,logs,modules}
chmod 1777 "$root/tmp" "$root/var/tmp"
chmod 700 "$root/root"
for link in /bin /sbin /lib /lib64; do [ ! -L $link ] || cp -a $link "$root$link"; done
ln -s /run "$root/var/run"

for tool in $tools; do
    file=$(type -P "$tool")
    put "$file" "/usr/bin/$tool"
done
cp -L /etc/{passwd,group,debian_version} "$root/etc/"
cp -L /etc/os-release "$root/etc/os-release"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"

put /usr/sbin/apache2 /usr/local/apache2/bin/httpd
sed -n 's/^LoadModule .* modules\///p' "$source/httpd.conf" | while read -r module; do
    put "/usr/lib/apache2/modules/$module" "/usr/local/apache2/modules/$module"
done
# glibc loads this by name when a thread ends; no binary is linked with it.
gcc=$(ldconfig -p | sed -n 's/.*libgcc_s\.so\.1 .*=> //p' | head -n 1)
put "$gcc" "$gcc"
install -D -m 755 "$source/httpd-foreground" "$root/usr/local/bin/httpd-foreground"
install -m 644 "$source/httpd.conf" "$prefix/conf/httpd.conf"
install -m 644 "$source/index.html" "$prefix/htdocs/index.html"
cp -L /etc/mime.types "$prefix/conf/mime.types"
# Debian's binary looks for its configuration here.
mkdir -p "$root/etc/apache2"
ln -s /usr/local/apache2/conf/httpd.conf "$root/etc/apache2/apache2.conf"
chown www-data:www-data "$prefix"
