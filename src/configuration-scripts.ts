/**
 * Does a script change a firewall otherwise than by loading what was read?
 *
 * Worked example: with edge.nft among the files that were read, `nft -f /etc/edge.nft` and `nft list ruleset` do not; `nft -f other.nft`, `iptables -F`
 * and `"$IPT" -P FORWARD ACCEPT` do.
 */
import { posix } from 'node:path';

const NAME = String.raw`(?:\S*\/)?(?:ip6?tables|nft|ipset|ebtables|arptables|firewall-cmd|ufw)(?:-\w+)*`;
const VARIABLE = String.raw`"?\$\{?\w*(?:ipt|nft)\w*\}?"?`;
/** At the start of a line, behind what may stand before a command, or in a list that a loop goes through. */
const COMMAND = new RegExp(
  String.raw`(?:^|[;&|({!"'\x60]|\b(?:then|do|else|exec|if|in|eval|sudo|xargs|ssh\s+\S+))\s*(?:${NAME}|${VARIABLE})(?=[\s"';)]|$)`,
  'i',
);
/** It prints what is loaded: one command alone, and nothing that runs another. */
const LISTS =
  /^(sudo\s+)?(\S*\/)?(nft\s+(-\w+\s+)*list|(ip6?tables|ipset)(-nft|-legacy)?(-save\b|\s+(-[LSnv]+|list|save|-t\s+\w+)\b))[^;&|`$()<]*$/;
/** It loads one file, and does nothing else. */
const LOADS =
  /^(sudo\s+)?(\S*\/)?(nft\s+(-c\s+)?-f|(ip6?tables(-nft|-legacy)?-restore|ipset\s+restore)\s*<)\s*["']?(?<path>[^\s"';&|`$()<>]+)["']?$/;

/** @param loaded  names of the files that were read, without their folders. */
export function changesFirewall(script: string, loaded: ReadonlySet<string>): boolean {
  return script.split('\n').some((raw) => {
    const line = raw.trim();
    if (line.startsWith('#') || !COMMAND.test(line) || LISTS.test(line)) return false;
    const path = LOADS.exec(line)?.groups?.['path'];
    return path === undefined || !loaded.has(posix.basename(path));
  });
}
