#!/bin/sh
# Makes `field/` ready to run under Node: Node 22 or later from the system or from PyPI, packages from the npm lock.
# What cannot be had is said loudly and costs nothing but the tests that need it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bin=$(cd "$here/.." && pwd)/.venv/bin

new_enough() {
	[ -n "$1" ] && [ -x "$1" ] && [ "$("$1" -p 'Number(process.versions.node.split(".")[0]) >= 22')" = true ]
}

without() {
	echo "WITHOUT $1 THE FIELD APP IS NOT BUILT AND ITS TESTS ARE SKIPPED: $2" >&2
	echo "THE PAGES OF THE DESK WEAR OUR OWN SHEET ALONE AND HAVE NO SCRIPT; THEY WORK ALL THE SAME" >&2
	exit 0
}

if ! new_enough "$(command -v node || true)" && ! new_enough "$bin/node"; then
	"$bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$here/../requirements-node.lock" ||
		without "NODE 22" "install it, or let pip reach its index"
fi
new_enough "$(command -v node || true)" || PATH="$bin:$PATH"
if ! [ "$here/node_modules/.package-lock.json" -nt "$here/package-lock.json" ]; then
	npm ci --prefix "$here" --silent --no-audit --no-fund || without "ITS PACKAGES" "let npm reach its registry"
fi
node "$here/build.js"
node "$here/build-desk.js"
