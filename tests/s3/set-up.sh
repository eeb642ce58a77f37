#!/bin/sh
# S3 as moto serves it, in an environment of its own by its lock. Where it cannot be had, this says loudly what is skipped
# and fails nothing.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
moto=$root/.venv-s3

[ "$moto/.ready" -nt "$here/requirements.lock" ] && exit 0
{
	"$root/.venv/bin/python" -m venv "$moto" &&
		"$moto/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$here/requirements.lock" &&
		touch "$moto/.ready"
} 2>/dev/null ||
	echo "WITHOUT moto NO S3 HOLDS THE ATTACHMENTS IN A BUCKET (tests/stores/contract/test_blobs.py): let pip reach its index" >&2
