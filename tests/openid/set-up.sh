#!/bin/sh
# The provider of OpenID Connect that stands in for a municipality's sign-in in tests: npm `oidc-provider`, by its lock.
# Where it cannot be had, this says loudly what is skipped and fails nothing.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bin=$(cd "$here/../.." && pwd)/.venv/bin

[ "$here/node_modules/.package-lock.json" -nt "$here/package-lock.json" ] && exit 0
command -v npm >/dev/null || PATH="$bin:$PATH"
npm ci --prefix "$here" --silent --no-audit --no-fund 2>/dev/null ||
	echo "WITHOUT oidc-provider NO REAL PROVIDER HOLDS THE SIGN-IN (tests/desk_pages/test_openid_real.py): let npm reach its registry" >&2
