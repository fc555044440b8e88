#!/usr/bin/env bash
# Keeps one comment on the pull request: the first one of our own that begins with the marker is replaced, else there is a new one. That it may not
# (pull requests of a fork have a token that only reads) is a warning: the review itself stands.
set -euo pipefail

marker='<!-- postern-action:review -->'
number=$(node -p 'JSON.parse(require("fs").readFileSync(process.env.GITHUB_EVENT_PATH, "utf8")).pull_request?.number ?? ""')
if ! printf '%s' "$number" | grep -Eq '^[0-9]+$'; then
  echo "::notice title=Postern::There is no pull request in this event, so there is no comment."
  exit 0
fi

body="$RUNNER_TEMP/postern-comment.md"
# With its own marker: what could not be judged has none of a policy.
{ printf '%s\n' "$marker"; cat "$POSTERN_MARKDOWN"; } >"$body"

refused() {
  echo "::warning title=Postern::The comment could not be written (pull-requests: write is needed, and pull requests of forks do not have it)."
  exit 0
}

comments="repos/$GITHUB_REPOSITORY/issues/$number/comments"
# Anybody may write the marker: only a bot's comment is ours.
own=$(gh api --paginate "$comments?per_page=100" \
  --jq '.[] | select(.user.type == "Bot" and (.body | startswith("<!-- postern-action:review -->"))) | .id' | sed -n 1p) || refused
if [ -n "$own" ]; then
  gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$own" --field "body=@$body" >/dev/null || refused
else
  gh api --method POST "$comments" --field "body=@$body" >/dev/null || refused
fi
