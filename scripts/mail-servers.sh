#!/usr/bin/env bash
# Fetches Postfix, Exim and OpenSMTPD from this Debian's own archive, each with the packages that it needs beyond those installed,
# and unpacks them side by side (as packages they exclude each other), and Haraka from npm, for the tests of test/lab that are against
# real servers. Installs nothing, changes nothing outside node_modules/.cache. Needs apt, its package lists (apt-get update), npm, and
# root: from another user `sudo env "PATH=$PATH" scripts/mail-servers.sh`.
set -euo pipefail
repository="$(cd "$(dirname "$0")/.." && pwd)"
folder="$repository/node_modules/.cache/mail-servers"

fetch() {
  local name=$1
  shift
  local archives="$folder/$name.archives" root="$folder/$name"
  rm -rf "$root" "$archives"
  mkdir -p "$archives/partial"
  # _apt, which downloads, cannot look into everybody's folder.
  apt-get install -y -qq --no-install-recommends --download-only \
    -o APT::Sandbox::User=root -o Dir::Cache::Archives="$archives" "$@" >/dev/null
  mkdir -p "$root".new
  # The packages may say /lib where this system has a link to /usr/lib: a folder in its place would hide all the rest.
  for link in bin lib lib64 sbin; do
    mkdir -p "$root.new/usr/$link"
    if [ -L "/$link" ]; then ln -s "usr/$link" "$root.new/$link"; fi
  done
  for package in "$archives"/*.deb; do
    [ -e "$package" ] || continue
    dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$root.new"
  done
  rm -rf "$archives"
  mv "$root.new" "$root"
}

mkdir -p "$folder"
fetch postfix postfix libsasl2-modules
fetch exim exim4-daemon-light
fetch opensmtpd opensmtpd

# No dependency of this project: it brings fifty packages, which nothing else needs.
rm -rf "$folder/haraka"
mkdir "$folder/haraka"
cp "$repository"/fixtures/mail-servers/relay/haraka/package*.json "$folder/haraka"
npm ci --prefix "$folder/haraka" --omit=optional --ignore-scripts --no-audit --no-fund --loglevel=error
# Whoever owns the repository can delete it again, also where this ran by sudo.
chown -R --reference="$repository" "$folder"
