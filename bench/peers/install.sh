#!/bin/sh
# Installs what the comparison with peers needs from Debian: a compiler and SimGrid 3.32. Needs root and apt; safe to run again.
set -eu
packages="g++ libsimgrid-dev"
missing=""
for package in $packages; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
# shellcheck disable=SC2086  # The list is meant to split into words.
apt-get install -y -q --no-install-recommends $missing
