#!/usr/bin/env bash
# Fetches the programs and schemas that test/report/readers.net.test.ts reads reports with: from npm the SARIF Multitool with its schema and
# Jenkins' schema of JUnit files, from this Debian's archive promtool, unpacked alone, all into node_modules/.cache; and installs xmllint and
# cmark-gfm where they are absent. Run it after each `npm ci`. Needs apt, its package lists (apt-get update), npm, and root where it installs.
set -euo pipefail
repository="$(cd "$(dirname "$0")/.." && pwd)"
folder="$repository/node_modules/.cache/report-readers"

mkdir -p "$folder"
cp "$repository"/fixtures/report-readers/package*.json "$folder"
npm ci --prefix "$folder" --legacy-peer-deps --ignore-scripts --no-audit --no-fund --loglevel=error
chmod +x "$folder/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool"

# The whole package would bring a server that starts at once.
if ! command -v promtool >/dev/null && [ ! -x "$folder/promtool" ]; then
  (
    cd "$(mktemp -d -p "$folder")"
    apt-get download -qq -o APT::Sandbox::User=root prometheus
    dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x --to-stdout ./usr/bin/promtool >promtool
    chmod +x promtool
    mv promtool "$folder"
    rm -r "$PWD"
  )
fi

if ! command -v xmllint >/dev/null || ! command -v cmark-gfm >/dev/null; then
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends libxml2-utils cmark-gfm >/dev/null
fi
# Whoever owns the repository can delete it again, also where this ran by sudo.
chown -R --reference="$repository" "$folder"
