#!/usr/bin/env bash
# The review of action.yml: documents into $RUNNER_TEMP, their names and the exit code into $GITHUB_OUTPUT, annotations on stdout. Itself it fails
# only where there is nothing to review, so that the steps behind it tell whatever came of it; the last one takes the exit code.
set -euo pipefail

postern() {
  if [ -n "${POSTERN_COMMAND:-}" ]; then
    # Words on purpose: a command with its arguments.
    # shellcheck disable=SC2086
    $POSTERN_COMMAND "$@"
  else
    node "$GITHUB_ACTION_PATH/../../dist/postern.js" "$@"
  fi
}

# What the change is a change of. The merge commit that checkout takes has the base as its first parent, also where only that commit was fetched; it
# may be younger than the base that the event names.
base_of_change() {
  local parents
  parents=$(git cat-file -p HEAD | sed -n '1,/^$/s/^parent //p')
  if [ "$(printf '%s\n' "$parents" | wc -l)" -ge 2 ]; then
    printf '%s\n' "$parents" | sed -n 1p
  else
    node -p 'JSON.parse(require("fs").readFileSync(process.env.GITHUB_EVENT_PATH, "utf8")).pull_request?.base?.sha ?? ""'
  fi
}

base=$(base_of_change)
if ! printf '%s' "$base" | grep -Eq '^[0-9a-f]{40,64}$'; then
  echo "::error title=Postern::There is no pull request in this event: run the action on pull_request."
  exit 2
fi
if ! git cat-file -e "$base^{commit}" 2>/dev/null; then
  git fetch --quiet --no-tags --depth=1 origin "$base"
fi

arguments=(review "$POSTERN_POLICY" --before "$base${POSTERN_CONFIGURATION:+:$POSTERN_CONFIGURATION}" --fail-on "$POSTERN_FAIL_ON")
if [ -n "$POSTERN_CONFIGURATION" ]; then arguments+=(--after "$POSTERN_CONFIGURATION"); fi
if [ "$POSTERN_ALLOW_INCONCLUSIVE" = true ]; then arguments+=(--allow-inconclusive); fi
if [ "$POSTERN_POLICY_FROM" != head ] && [ -f "$POSTERN_POLICY" ]; then
  if git cat-file -e "$base:./$POSTERN_POLICY" 2>/dev/null; then
    arguments+=(--policy-from "$base")
  else
    echo "::notice title=Postern::The base has no $POSTERN_POLICY: the change is judged by its own policy."
  fi
fi

documents="$RUNNER_TEMP/postern-review"
rm -rf "$documents"
mkdir -p "$documents"
exit_code=0
postern "${arguments[@]}" --format github --format "markdown=$documents/review.md" --format "sarif=$documents/review.sarif" \
  --format "json=$documents/review.json" 2>"$documents/stderr" || exit_code=$?
# No line of it may be taken for a command to the runner.
sed 's/^/| /' "$documents/stderr"

if [ ! -s "$documents/review.md" ]; then
  {
    printf '## Postern review: not judged\n\nPostern ended with exit code %s, and nothing was judged:\n\n' "$exit_code"
    # Indented, so that nothing in it is Markdown.
    head -n 40 "$documents/stderr" | cut -c 1-400 | sed 's/^/    /'
  } >"$documents/review.md"
fi
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then cat "$documents/review.md" >>"$GITHUB_STEP_SUMMARY"; fi

{
  echo "exit-code=$exit_code"
  echo "markdown=$documents/review.md"
  if [ -s "$documents/review.sarif" ]; then echo "sarif=$documents/review.sarif"; fi
  if [ -s "$documents/review.json" ]; then echo "result=$documents/review.json"; fi
} >>"$GITHUB_OUTPUT"
