#!/bin/sh
# Checks the types of the JavaScript, as strictly as TypeScript does; says so loudly where its packages are not installed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bin=$(cd "$here/.." && pwd)/.venv/bin
tsc=$here/node_modules/.bin/tsc
if [ ! -x "$tsc" ]; then
	echo "NOTHING CHECKS THE TYPES OF field/: its packages are not installed" >&2
	exit 0
fi
PATH="$PATH:$bin"
"$tsc" -p "$here"
"$tsc" -p "$here/../tests/independent"
