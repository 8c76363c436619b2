#!/bin/sh
# Fetches the source of a project as its authors released it, from Debian's source packages.
#
#   fetch.sh PACKAGE FILE SHA256       leaves FILE, which must have the checksum, in build/suites/archives
#
# Needs no rights: apt keeps its lists of source packages in build/suites/apt, and takes the servers from the machine's own
# settings. Calls must not run side by side.
set -eu
package=$1 file=$2 sum=$3
root=$PWD/build/suites archives=$PWD/build/suites/archives apt=$PWD/build/suites/apt

whole() { [ -f "$1" ] && printf '%s  %s\n' "$sum" "$1" | sha256sum --check --status; }

if whole "$archives/$file"; then exit 0; fi
mkdir -p "$archives" "$apt/lists/partial" "$apt/archives/partial" "$apt/parts" "$root/incoming"

apt_get() {
  apt-get -qq -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$apt/parts" \
    -o Dir::State::Lists="$apt/lists" -o Dir::Cache="$apt" -o APT::Sandbox::User="$(id -un)" \
    -o Acquire::Retries=2 -o Acquire::http::Timeout=30 "$@"
}

# The lists are good for a day.
if [ -z "$(find "$apt/fetched" -mmin -1440 2>/dev/null)" ]; then
  for list in /etc/apt/sources.list.d/*.sources; do
    [ -f "$list" ] || continue
    grep -q 'debian-archive-keyring' "$list" || continue
    sed 's/^Types:.*/Types: deb-src/' "$list" > "$apt/parts/${list##*/}"
  done
  if [ -f /etc/apt/sources.list ]; then
    sed -n 's/^deb /deb-src /p' /etc/apt/sources.list > "$apt/parts/main.list"
  fi
  if ! apt_get update || [ -z "$(find "$apt/lists" -maxdepth 1 -name '*_Sources*')" ]; then
    echo "fetch: cannot get Debian's list of source packages: is there a network, and is this Debian?" >&2
    exit 1
  fi
  touch "$apt/fetched"
fi

rm -f "$root/incoming/"*
if ! (cd "$root/incoming" && apt_get source --download-only --tar-only "$package"); then
  echo "fetch: cannot get the source of $package: is there a network?" >&2
  exit 1
fi
if ! whole "$root/incoming/$file"; then
  echo "fetch: wanted $file with SHA-256 $sum; Debian has here:" >&2
  (cd "$root/incoming" && sha256sum ./*) >&2
  echo "fetch: if that is a newer version that you trust, change the file and the checksum in the workflow" >&2
  exit 1
fi
mv "$root/incoming/$file" "$archives/$file"
