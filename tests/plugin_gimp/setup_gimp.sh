#!/bin/bash
# setup_gimp.sh [FOLDER]: make a private Debian root with a real GIMP 3 and a screen for it, once.
#
# FOLDER is $PCONV_GIMP_ROOT or .gimp-root in the repository. The host is left as it is, but for mmdebstrap, which is
# installed when missing. Needs: root, apt with a Debian mirror, about 700 MB. PCONV_GIMP_SUITE picks the release:
# trixie (default) has GIMP 3.0, forky 3.2.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
root=$(readlink -m "${1:-${PCONV_GIMP_ROOT:-$here/../../.gimp-root}}")
suite=${PCONV_GIMP_SUITE:-trixie}
packages=gimp,gir1.2-gimp-3.0,python3-gi,xvfb,openbox,xdotool,x11-utils,imagemagick
fail() { echo "setup_gimp: $*" >&2; exit 1; }

if [ -f "$root/.gimp-ready" ] && [ "$(cat "$root/.gimp-ready")" = "$suite $packages" ]; then
  echo "GIMP is there already: $root"
  exit 0
fi
[ "$(id -u)" = 0 ] || fail "run it as root; the tests that need GIMP are skipped without it."
command -v apt-get >/dev/null || fail "this needs Debian's apt; the tests that need GIMP are skipped without it."
[ ! -e "$root" ] || [ -f "$root/.gimp-ready" ] || fail "$root exists and was not made by this script; choose another."

# apt, as soon as another apt lets it; its first message is shown, so that nobody wonders about the wait.
lock_tries=60 lock_seconds=5
apt() {
  local said tries=0
  until said=$(DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" 2>&1 >/dev/null); do
    case $said in *"Could not get lock"* | *"Unable to lock"* | *"Unable to acquire"*) ;; *) fail "apt: $said" ;; esac
    [ $((++tries)) -lt "$lock_tries" ] || fail "another apt still runs: $said"
    [ "$tries" -gt 1 ] || echo "Waiting for another apt: ${said%%$'\n'*}"
    sleep "$lock_seconds"
  done
}

# The host's own mirror and its own ways of getting there are used.
mirror() { apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
  grep -E '/debian/?$' | sort -u | head -n 1 || true; }
keys=/usr/share/keyrings/debian-archive-keyring.gpg
if [ -z "$(mirror)" ] || ! command -v mmdebstrap >/dev/null || [ ! -f "$keys" ]; then
  apt update
  apt install -y --no-install-recommends mmdebstrap debian-archive-keyring
fi
source=$(mirror)
[ -n "$source" ] || fail "apt knows no Debian mirror; add one to its sources."
options=()
while IFS= read -r option; do options+=(--aptopt="$option"); done < <(
  apt-config dump | grep -E '^Acquire::(https?::[^"]*|Check-Date|Check-Valid-Until|Max-ValidTime|ForceIPv4) "[^"]+";$' || true)

part=$root.part
rm -rf --one-file-system "$part"
mkdir -p "$(dirname "$root")"
echo "Making a $suite root with GIMP in $root"
mmdebstrap --quiet --mode=root --variant=essential --include="$packages" \
  --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' --aptopt='Acquire::Retries "3"' \
  "${options[@]}" --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*/LC_MESSAGES/*' \
  "$suite" "$part" "deb [signed-by=$keys] $source $suite main"
rm -rf "$part"/etc/apt/apt.conf.d/99mmdebstrap "$part"/etc/apt/sources.list* "$part"/var/lib/apt/lists/*
mkdir -p "$part/share"
"$here/in_root.sh" "$part" / gimp --version >/dev/null || fail "GIMP does not start in the new root."
echo "$suite $packages" > "$part/.gimp-ready"
rm -rf --one-file-system "$root"
mv "$part" "$root"
