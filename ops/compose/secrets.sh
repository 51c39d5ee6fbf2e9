#!/bin/sh
# Makes the files of secrets that compose.yaml names, unless they are there. Whoever has them can act as the system.
set -eu
cd "$(dirname "$0")/../.."
mkdir -p secrets
secret() { [ -s "secrets/$1" ] || head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' > "secrets/$1"; }
secret session
secret metrics
secret postgres
[ -s secrets/database_url ] ||
  printf 'postgres://tweets:%s@postgres:5432/tweet_fanout' "$(cat secrets/postgres)" > secrets/database_url
chmod 644 secrets/* # the user of a container is not that of this machine
chmod 700 secrets
