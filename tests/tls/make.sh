#!/bin/sh
# Makes the certificates beside it anew, with openssl: an authority with three certificates for one key, and a
# stranger. They are of no use but in tests; the authorities' own keys are thrown away. Valid 2020 to 2120.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat > "$work/openssl.cnf" <<'CNF'
[ca]
default_ca = it
[it]
database = $ENV::IT/index
serial = $ENV::IT/serial
new_certs_dir = $ENV::IT
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[here]
basicConstraints = critical,CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost,IP:127.0.0.1
[elsewhere]
basicConstraints = critical,CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = DNS:shop.example
CNF

export IT="$work/authority"
key() {
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"
}
request() { # key, common name
	openssl req -new -key "$1" -subj "/CN=Kefu tests, $2" -config "$work/openssl.cnf" -out "$work/request"
}
sign() { # section, last day, file, …
	section=$1 until=$2 file=$3
	shift 3
	openssl ca -batch -notext -config "$work/openssl.cnf" -in "$work/request" -extensions "$section" \
		-startdate 20200101000000Z -enddate "$until" -out "$file" "$@"
}

for who in stranger authority; do
	export IT="$work/$who"
	mkdir "$IT"
	: > "$IT/index"
	echo 01 > "$IT/serial"
	key "$work/$who.key"
	request "$work/$who.key" "$who"
	sign authority 21200101000000Z "$who.pem" -selfsign -keyfile "$work/$who.key"
done
key server.key.pem
request server.key.pem server
for leaf in "here here 2120" "expired here 2021" "elsewhere elsewhere 2120"; do
	set -- $leaf
	sign "$2" "${3}0101000000Z" "$1.pem" -cert authority.pem -keyfile "$work/authority.key"
done
