/** A word as POSIX sh reads it back unchanged. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * Finds `ip`, `nft` and the like for an ordinary user as well: Debian and others keep them in directories that are not on
 * that user's PATH. For the start of a script.
 */
export const WITH_SBIN = 'PATH="$PATH:/usr/sbin:/sbin:/usr/local/sbin"; export PATH';
