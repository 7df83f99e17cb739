#!/bin/bash
# in_root.sh ROOT SHARE COMMAND...: run a command in a root of setup_gimp.sh, with the host's folder SHARE as /share.
# The mounts end with the process. DISPLAY and GIMP3_DIRECTORY are passed on, the rest of the environment is not.
set -e
root=$(readlink -f "$1") share=$(readlink -f "$2")
shift 2
exec unshare --mount --propagation private -- bash -c '
  set -e; root=$1 share=$2; shift 2
  mount --rbind /proc "$root/proc"; mount --rbind /dev "$root/dev"
  [ "$share" = / ] || mount --bind "$share" "$root/share"
  exec chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"
' _ "$root" "$share" ${DISPLAY:+DISPLAY="$DISPLAY"} ${GIMP3_DIRECTORY:+GIMP3_DIRECTORY="$GIMP3_DIRECTORY"} "$@"
