#!/bin/sh
# Makes fixtures/certificates: a test authority and the server certificates of tests and laboratory, valid until 2056.
# Run by hand, when a certificate changes; the result is committed, keys included: they protect nothing.
# Needs openssl 3 (the `ca` command, because it alone takes start and end dates).
set -eu

cd "$(dirname "$0")/../fixtures/certificates"
rm -f ./*.pem
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

names=DNS:localhost
for domain in example.net example.org example.com; do
  for host in sentinel relay mx mx1 mx2 smtp www mail; do names="$names,DNS:$host.$domain"; done
done
names="$names,IP:127.0.0.1,IP:::1"

cat > "$work/openssl.cnf" <<CNF
[ca]
default_ca = test
[test]
dir = $work
new_certs_dir = $work
database = $work/index.txt
default_md = sha256
policy = any
unique_subject = no
rand_serial = yes
[any]
commonName = supplied
organizationName = optional
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth
subjectAltName = \${ENV::NAMES}
[req]
distinguished_name = subject
[subject]
CNF
: > "$work/index.txt"

from=20200101000000Z
until=20560101000000Z
export NAMES="$names"

key() { # file rsa|ec
  if [ "$2" = rsa ]; then openssl genrsa -out "$1" 2048 2>/dev/null
  else openssl ecparam -name prime256v1 -genkey -noout -out "$1"; fi
}

authority() { # name CN [issuer]
  key "$1-key.pem" ec
  openssl req -new -config "$work/openssl.cnf" -key "$1-key.pem" -subj "/O=Postern tests/CN=$2" -out "$work/$1.csr"
  if [ $# -eq 2 ]; then sign="-selfsign -keyfile $1-key.pem"; else sign="-cert $3.pem -keyfile $3-key.pem"; fi
  # shellcheck disable=SC2086
  openssl ca -batch -notext -config "$work/openssl.cnf" $sign -extensions authority \
    -startdate "$from" -enddate "$until" -in "$work/$1.csr" -out "$1.pem" 2>/dev/null
}

server() { # name rsa|ec issuer|self from until [names]
  key "$1-key.pem" "$2"
  openssl req -new -config "$work/openssl.cnf" -key "$1-key.pem" -subj "/O=Postern tests/CN=${6:-mail.example.net}" -out "$work/$1.csr"
  if [ "$3" = self ]; then sign="-selfsign -keyfile $1-key.pem"; else sign="-cert $3.pem -keyfile $3-key.pem"; fi
  # shellcheck disable=SC2086
  NAMES=${6:+DNS:$6} && NAMES=${NAMES:-$names} && export NAMES
  openssl ca -batch -notext -config "$work/openssl.cnf" $sign -extensions server \
    -startdate "$4" -enddate "$5" -in "$work/$1.csr" -out "$1.pem" 2>/dev/null
}

authority ca "Postern test authority"
authority intermediate "Postern test intermediate" ca
authority unknown-ca "Authority that nobody trusts"
server good rsa ca "$from" "$until"
server good-ec ec ca "$from" "$until"
server by-intermediate ec intermediate "$from" "$until"
server expired ec ca 20150101000000Z 20160101000000Z
server not-yet-valid ec ca 20550101000000Z "$until"
server wrong-name ec ca "$from" "$until" other.example.test
server self-signed ec self "$from" "$until"
server expired-self-signed ec self 20150101000000Z 20160101000000Z
server untrusted ec unknown-ca "$from" "$until"
server untrusted-expired-wrong-name ec unknown-ca 20150101000000Z 20160101000000Z other.example.test
cat intermediate.pem >> by-intermediate.pem
rm -f unknown-ca-key.pem intermediate-key.pem
