#!/bin/sh
# Takes a ZFS snapshot and removes the oldest of its own beyond a number to keep. See SKILL.md beside this file.
set -eu

fail() {
  echo "zfs-snapshot: $2" >&2
  exit "$1"
}

yes_or_no() {
  case $2 in
    yes | no) ;;
    *) fail 2 "$1: give yes or no, not \"$2\"" ;;
  esac
}

dataset=${COLIBRI_INPUT_DATASET-}
prefix=${COLIBRI_INPUT_PREFIX-colibri}
keep=${COLIBRI_INPUT_KEEP-7}
recursive=${COLIBRI_INPUT_RECURSIVE-no}
dry_run=${COLIBRI_INPUT_DRY_RUN-no}

[ -n "$dataset" ] || fail 2 'dataset: name the dataset, as in --input dataset=zroot/home'
case $dataset in
  -* | /* | */ | *[!A-Za-z0-9_.:/\ -]*) fail 2 "dataset: \"$dataset\" is no name of a dataset" ;;
esac
case $prefix in
  '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._-]*)
    fail 2 "prefix: \"$prefix\" has other characters than letters, digits, . _ - or begins with none of the first two" ;;
esac
case $keep in
  '' | *[!0-9]* | ??????*) fail 2 "keep: give a whole number from 0 to 99999, not \"$keep\"" ;;
esac
yes_or_no recursive "$recursive"
yes_or_no dry-run "$dry_run"
[ $# -eq 0 ] || fail 2 "takes inputs and no arguments: $*"
command -v zfs >/dev/null || fail 1 'there is no program zfs on PATH'

# zfs says itself what is wrong with a dataset that is not there, or not ours to see.
zfs list -H -o name -t filesystem,volume "$dataset" >/dev/null || fail 1 "the dataset $dataset cannot be read"

flag=
[ "$recursive" = no ] || flag=-r
new="$dataset@$prefix-$(date -u +%Y%m%dT%H%M%SZ)"

# The snapshots that are ours, oldest first: others of the prefix may be somebody's own.
ours() {
  zfs list -H -o name -s creation -t snapshot -d 1 "$dataset" | while IFS= read -r name; do
    case $name in
      "$dataset@$prefix"-[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]T[0-9][0-9][0-9][0-9][0-9][0-9]Z)
        printf '%s\n' "$name" ;;
    esac
  done
}

count() {
  ours | wc -l | tr -d ' '
}

if [ "$dry_run" = yes ]; then
  echo "would create $new"
else
  # One flag or none: it holds no blanks.
  # shellcheck disable=SC2086
  zfs snapshot $flag "$new" || fail 1 "the snapshot $new was not taken"
  echo "created $new"
fi

if [ "$keep" -gt 0 ]; then
  have=$(count)
  [ "$dry_run" = no ] || have=$((have + 1))
  surplus=$((have - keep))
  if [ "$surplus" -gt 0 ]; then
    ours | head -n "$surplus" | while IFS= read -r old; do
      if [ "$dry_run" = yes ]; then
        echo "would destroy $old"
        continue
      fi
      # shellcheck disable=SC2086
      zfs destroy $flag "$old" </dev/null || fail 1 "the snapshot $old was not destroyed"
      echo "destroyed $old"
    done
  fi
fi

[ "$dry_run" = no ] || exit 0
used=$(zfs list -H -o used -t snapshot "$new")
echo "$(count) snapshots of $dataset with the prefix $prefix, $used used by the newest"
