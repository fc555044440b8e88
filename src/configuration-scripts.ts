/**
 * Does a script change a firewall otherwise than by loading what was read?
 *
 * Worked example: with edge.nft among the files that were read, `nft -c -f other.nft || exit 1`, `nft -f "$DIR/edge.nft"`, `logger "nft is loaded"` and
 * `nft list ruleset | grep 25` do not; `nft -f other.nft`, `iptables -t nat -F` and `"$IPT" -P FORWARD ACCEPT` do.
 */
import { assignmentIn, commandsOf, type ShellCommand, withValues } from './shell-commands.ts';

const NAME = String.raw`(?:\S*\/)?(?:ip6?tables|nft|ipset|ebtables|arptables|firewall-cmd|ufw)(?:-\w+)*`;
const VARIABLE = String.raw`"?\$\{?\w*(?:ipt|nft)\w*\}?"?`;
/** At the start of a command, behind what may stand before one, or in a list that a loop goes through. */
const COMMAND = new RegExp(
  String.raw`(?:^|[;&|({!"'\x60]|\b(?:then|do|else|exec|if|in|eval|sudo|xargs|ssh\s+\S+))\s*(?:${NAME}|${VARIABLE})(?=[\s"';)]|$)`,
  'i',
);
/** What stands before a command and leaves it what it is; of a unit of systemd what it is run for. */
const BEFORE =
  /^(?:[@-]+\s*|(?:then|do|else|exec|if|elif|while|until|sudo|!|ssh\s+(?:-\S+\s+)*[^-\s]\S*)\s+|Exec(?:Start|Reload)\w*=[-@:+!]*)+/;
const NFT = /^"?\$\{?(?:nft|nft_?(?:bin|cmd)|nftables)\}?"?(?=\s)/i;

const FOLDER = String.raw`(?:\S*\/)?`;
const IPTABLES = 'ip6?tables(?:-nft|-legacy)?';
const SHOWN = String.raw`(?:-[LSnvx]+|--(?:list|list-rules|numeric|verbose|exact|line-numbers)|-w(?:\s+\d+)?|(?:-t|--table)\s+\w+|[A-Za-z][\w-]*)`;
/** One command alone that changes nothing: it lists, or tries a file. */
const HARMLESS = [
  String.raw`nft\s+(?:-[acejnNpsStTuy]+\s+)*list\b[^\x60()<]*`,
  String.raw`nft\s+(?:-[aenosj]+\s+)*(?:-c[aenosj]*f?|--check)\s[^\x60()<]*`,
  String.raw`${IPTABLES}-save\b[^\x60()<]*`,
  String.raw`${IPTABLES}(?=\s(?:.*\s)?(?:-\w*[LS]\w*|--list\S*)(?:\s|$))(?:\s+${SHOWN})+(?:\s*>\s*\S+)?`,
  String.raw`${IPTABLES}-restore\s+(?:-t|--test)\s[^\x60()]*`,
  String.raw`ipset\s+(?:-\w+\s+)?(?:list|save|test|-[LS])\b[^\x60()<]*`,
  String.raw`(?:nft|${IPTABLES}|ipset)\s+(?:-[vV]|--version)`,
].map((text) => new RegExp(`^${FOLDER}${text}$`));
/** A folder may hang on a variable, or on where the script lies. */
const PATH = String.raw`["']?(?:\$\{?\w+\}?"?\/|\$\(dirname\s+["']?\$0["']?\)"?\/)?([^\s"';&|\x60$()<>]+)["']?`;
const LOADS = [
  String.raw`nft\s+(?:-[aenosj]+\s+)*(?:-[aenosj]*f|--file)\s*${PATH}`,
  String.raw`${IPTABLES}-restore\s+(?:(?:-w|--wait|-c|--counters)\s+)*<?\s*${PATH}`,
  String.raw`ipset\s+(?:(?:-!|-exist)\s+)*restore\s+(?:(?:-!|-exist)\s+)*(?:<|-f|-file)\s*${PATH}`,
].map((text) => new RegExp(`^${FOLDER}${text}$`));
/** Words to a reader, or a question. */
const TELLS = /^(?:echo|printf|logger|test|\[\[?)\s[^\x60<>]*$/;

/** @param loaded  names of the files that were read, without their folders. */
export function changesFirewall(script: string, loaded: ReadonlySet<string>): boolean {
  const stays = /^RemainAfterExit=(?:yes|true|on|1)\s*$/m.test(script);
  const commands = script
    .replace(/\\\r?\n/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    // Of a unit that stays, what is run when it is stopped.
    .filter((line) => !line.startsWith('#') && !(stays && /^ExecStop\w*=/.test(line)))
    .flatMap(commandsOf);
  const values = valuesIn(commands);
  return commands.some(({ text, piped }) => {
    if (values.has(assignmentIn(text)?.name ?? '')) return false;
    return changes({ text: withValues(text, values), piped }, loaded);
  });
}

/** Of variables that are set to one word, and used. */
function valuesIn(commands: readonly ShellCommand[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const twice = new Set<string>();
  for (const { text } of commands) {
    const { name, value } = assignmentIn(text) ?? {};
    if (name === undefined || value === undefined) continue;
    if (found.has(name) && found.get(name) !== value) twice.add(name);
    found.set(name, value);
  }
  const used = new Set(commands.flatMap(({ text }) => [...text.matchAll(/\$\{?(\w+)/g)].map(([, name]) => name)));
  return new Map([...found].filter(([name]) => used.has(name) && !twice.has(name)));
}

function changes({ text, piped }: ShellCommand, loaded: ReadonlySet<string>): boolean {
  const shown = text.replace(/\$\(([^()]*)\)/g, (all, inner: string) =>
    commandsOf(inner).some((one) => changes(one, loaded)) || inner.startsWith('dirname') ? all : '_',
  );
  const command = shown
    .replace(BEFORE, '')
    .replace(/^(["'])([^"';&|]*)\1$/, '$2')
    .replace(NFT, 'nft');
  if (!COMMAND.test(shown) && !COMMAND.test(command)) return false;
  if (HARMLESS.some((one) => one.test(command))) return false;
  if (TELLS.test(command) && !piped && !command.includes('$(')) return false;
  const path = LOADS.map((one) => one.exec(command)?.[1]).find((one) => one !== undefined);
  return path === undefined || !loaded.has(path.replace(/^.*\//, ''));
}
