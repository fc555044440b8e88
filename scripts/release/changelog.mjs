// The changelog as Debian has it, from CHANGELOG.md: the entry of this version.

/** @see deb-changelog(5) */
export function changelogText(markdown, { name, version }, maintainer, date) {
  const entry = markdown.split(/^## /m).find((part) => part.split(/\s/, 1)[0] === version);
  if (entry === undefined) throw new Error(`CHANGELOG.md tells nothing of ${version}`);
  const items = entry
    .split(/^- /m)
    .slice(1)
    .map((item) => `  * ${wrapped(plain(item))}`);
  if (items.length === 0) throw new Error(`CHANGELOG.md has no list under ${version}`);
  const time = date.toUTCString().replace(/GMT$/, '+0000');
  return `${name} (${version}) unstable; urgency=medium\n\n${items.join('\n')}\n\n -- ${maintainer}  ${time}\n`;
}

function plain(markdown) {
  return markdown
    .replaceAll(/\*\*|`/g, '')
    .trim()
    .replaceAll(/\s+/g, ' ');
}

function wrapped(text) {
  const lines = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= 74) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.join('\n    ');
}
