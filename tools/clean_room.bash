# shellcheck shell=bash
# A fresh machine to try things on, for the scripts that source this: make_room, inside, timed. It ends with the script, which
# then says how long each step took. Needs root.
table=()
room=
keep=${keep:-no}

leave_room() {
  local mounted
  [[ -n $room ]] || return 0
  for mounted in proc dev/pts dev; do
    # Lazily: after an interrupt something in there may still be ending.
    if mountpoint -q "$room/$mounted"; then umount --lazy "$room/$mounted"; fi
  done
  if [[ $keep == yes ]]; then
    echo "kept: $room"
  else
    rm -rf --one-file-system "$room"
  fi
  printf '\nClean room: %s, %s processors\n' "$(git log -1 --format='%h %s' "$commit")" "$(nproc)"
  printf '%s\n' "${table[@]}"
}

timed() { # what, command...
  local begin=$SECONDS
  printf '\n== %s\n' "$1"
  "${@:2}"
  table+=("$(printf '%5d s  %s' $((SECONDS - begin)) "$1")")
}

# As a machine without a terminal and with nothing of ours in its environment.
inside() { chroot "$room" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive sh -euc "$1" </dev/null; }

# make_room COMMIT: a bare Debian 12 with only git in the folder $room, and a clone of COMMIT in its /root/carillon; sets $commit to
# its full name.
make_room() {
  local sources mirror proxy
  if ((EUID != 0)); then
    echo "$0: needs root, for debootstrap and chroot" >&2
    exit 1
  fi
  tools/setup debootstrap
  commit=$(git rev-parse --verify "$1^{commit}")
  room=$(mktemp -d "${TMPDIR:-/var/tmp}/carillon-clean-room.XXXXXX")
  trap leave_room EXIT
  chmod 755 "$room" # as any machine's /: without it no other user than root can run anything in there

  # Debian's own package sources of this machine, as lines of a sources.list.
  # shellcheck disable=SC2016 # apt fills the names in
  sources=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
    'Created-By: Packages' 'Origin: Debian' | grep -E ' bookworm(-updates|-security)? ' | sort -u | sed 's/^/deb /' || true)
  mirror=$(awk '$3 == "bookworm" { print $2; exit }' <<<"$sources")
  if [[ -z $mirror ]]; then
    echo "$0: this machine's apt knows no source of Debian 12 (after apt-get update)" >&2
    exit 1
  fi

  # A proxy that apt goes through here is wanted there as well, for debootstrap in the form of a variable.
  proxy=$(apt-config dump --format '%v%n' Acquire::http::Proxy)
  timed 'debootstrap' env ${proxy:+http_proxy="$proxy"} \
    debootstrap --variant=minbase --include=git,ca-certificates bookworm "$room" "$mirror" >/dev/null
  mount -t proc proc "$room/proc"
  mount --bind /dev "$room/dev"
  mount --bind /dev/pts "$room/dev/pts"
  cp -L /etc/resolv.conf /etc/hosts "$room/etc/"
  printf '%s\n' "$sources" >"$room/etc/apt/sources.list"
  apt-config dump | grep -E '^Acquire::(http|https)::.*Proxy' >"$room/etc/apt/apt.conf.d/90proxy" || true

  git clone -q --no-local . "$room/root/origin"
  git -C "$room/root/origin" checkout -q -B main "$commit"
  inside 'git clone -q /root/origin /root/carillon'
}
