#!/bin/sh
# All proofs: first those that only count, on two processes; then those that compare times, alone on the machine.
# Arguments go to both runs of pytest. Fails when a proof fails or when there was none to run.
set -u
cd "$(dirname "$0")/.."

# Properties are tried on more examples than in `make test`.
export IESSPR_THOROUGH=1

failed=0
ran=no
proofs() {
    .venv/bin/python -m pytest "$@"
    status=$?
    case $status in
        0) ran=yes ;;
        5) ;; # the arguments chose none of this part
        *) failed=$status ;;
    esac
}

# In the order of the folders: the groups that take minutes come first, and the many small ones fill the rest.
proofs -n 2 --dist loadgroup --no-loadscope-reorder -m '(e2e or proof or edge or laws) and not timed' "$@"
proofs -m timed "$@"
if [ $failed = 0 ] && [ $ran = no ]; then failed=5; fi
[ $failed = 0 ] && echo 'Every proof holds.' || echo "Not every proof holds (exit $failed)." >&2
exit $failed
