# Legs: named steps, each timed, with a table at the end. Sourced by the scripts
# beside this file and by .ci/run.

# shellcheck shell=bash
legs_rows=()
legs_failed=()

# leg NAME COMMAND... runs a step. Its failure is recorded, not the end: one run
# shows all that is wrong.
leg() {
	local name=$1 start=$SECONDS rc=0
	shift
	printf '\n=== %s\n' "$name"
	# Not in an if or ||: there bash would ignore the step's own set -e.
	set +e
	(
		set -euo pipefail
		"$@"
	)
	rc=$?
	set -e
	if ((rc == 0)); then
		legs_row "$name" "$((SECONDS - start))s" "ok${leg_note:+ ($leg_note)}"
	else
		legs_row "$name" "$((SECONDS - start))s" "FAILED (exit $rc)"
		legs_failed+=("$name")
		printf '=== %s FAILED\n' "$name"
	fi
	return 0
}

# not_run NAME REASON records a step that could not be taken here.
not_run() { legs_row "$1" - "NOT RUN: $2"; }

legs_row() { legs_rows+=("$(printf '%-20s %6s  %s' "$1" "$2" "$3")"); }

# passed NAME: the step ran and did not fail.
passed() {
	local name=$1 failed
	for failed in "${legs_failed[@]}"; do
		[[ $failed != "$name" ]] || return 1
	done
}

# legs_table prints what became of every step and fails if one did.
legs_table() {
	printf '\n%-20s %6s  %s\n' "leg" "time" "result"
	printf '%s\n' "${legs_rows[@]}"
	if ((${#legs_failed[@]} > 0)); then
		printf '\nFAILED: %s\n' "${legs_failed[*]}"
		return 1
	fi
}

# native_features names the instruction sets with kernels of their own that this
# processor has, as the tests' REQUIRE wants them.
native_features() {
	local flags found=()
	case $(uname -m) in
	arm64 | aarch64) found+=(neon) ;;
	x86_64 | amd64)
		flags=" $(sed -n 's/^flags[[:space:]]*: //p;T;q' /proc/cpuinfo 2>/dev/null || true) "
		has_all "$flags" avx2 fma f16c && found+=(avx2)
		has_all "$flags" avx512f avx512bw avx512dq avx512vl && found+=(avx512)
		;;
	esac
	(IFS=,; echo "${found[*]}")
}

has_all() {
	local flags=$1 flag
	shift
	for flag in "$@"; do
		[[ $flags == *" $flag "* ]] || return 1
	done
}
