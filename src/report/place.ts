/** Where a file of a finding lies, for readers that look it up in a repository. */

/** `main:firewall/edge.nft`, a file of a revision, lies at `firewall/edge.nft` in the tree; any other name stays as it is. */
export function pathInTree(file: string): string {
  const [, revision, path] = /^((?:[\w.~^@-]|\{[^}]*\})[\w./~^@{}-]+):([^\\].*)$/s.exec(file) ?? [];
  return path === undefined || revision === 'built-in' ? file : path;
}

/** The file as a URI reference: relative as it is given, or `file:` where the path is absolute. @see RFC 3986 section 4.2 */
export function uriOf(file: string): string {
  const path = pathInTree(file).replaceAll('\\', '/');
  const drive = /^[A-Za-z]:(?=\/)/.exec(path)?.[0] ?? '';
  const encoded = path
    .slice(drive.length)
    .replace(/\p{Cs}/gu, '\ufffd')
    .split('/')
    .map(encodeURIComponent)
    .join('/');
  if (drive !== '') return `file:///${drive}${encoded}`;
  // Two slashes at the start would name a host.
  return encoded.startsWith('/') ? `file:///${encoded.replace(/^\/+/, '')}` : encoded;
}
