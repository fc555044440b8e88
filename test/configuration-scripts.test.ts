import { describe, expect, it } from 'vitest';
import { changesFirewall } from '../src/configuration-scripts.ts';

const READ = new Set(['edge.nft', 'rules.v4', 'rules.sets']);

describe('a script beside a firewall', () => {
  it.each([
    'nft -c -f edge.nft || { echo "nft refuses it" >&2; exit 1; }',
    'if ! nft -c -f edge.nft >/dev/null 2>&1; then\n  logger -t firewall "nft rules are bad"\n  exit 1\nfi',
    'nft -cf other.nft && sudo nft -f /etc/edge.nft',
    'nft --check --file edge.nft\nnft --file edge.nft # nft add rule inet t c accept',
    'exec /usr/sbin/nft -f "$DIR/edge.nft"',
    'nft -f "$\u007bDIR}"/edge.nft; nft -f "$(dirname "$0")/edge.nft"',
    'NFT=/usr/sbin/nft\nRULES="/etc/firewall/edge.nft"\n[ -x "$NFT" ] || exit 0\n$NFT -f "$RULES"',
    'NFT=$(command -v nft)\n"$NFT" -f edge.nft',
    'nft -a list ruleset | grep 25 > "$BACKUP"',
    'nft list ruleset > "$BACKUP"\nOLD=$(nft list ruleset | sha256sum)',
    'iptables-restore -w --counters < rules.v4 && ipset -exist restore < rules.sets',
    'iptables-restore --test rules.v4\niptables-restore rules.v4\nipset restore -! -file rules.sets',
    'iptables -t nat -nvL PREROUTING --line-numbers\niptables -w 5 -S',
    'ssh root@edge nft -f /etc/edge.nft && ssh -t root@edge "nft list ruleset"',
    'apt-get install -y \\\n  iptables \\\n  nft',
    'case "$1" in\nstart|reload) nft -f edge.nft ;;\nstatus) nft list ruleset ;;\nesac',
    '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/usr/sbin/nft -f /etc/edge.nft\nExecStop=/usr/sbin/nft flush ruleset',
    'check:\n\t@nft -c -f edge.nft\n\nload: check\n\tnft -f edge.nft',
  ])('does not change it: %j', (script) => {
    expect(changesFirewall(script, READ)).toBe(false);
  });

  it.each([
    'nft -f edge.nft; nft -f other.nft',
    'nft -c -f edge.nft && nft add rule inet t c accept',
    'nft -f edge.nft || iptables -P FORWARD ACCEPT',
    'iptables -t nat -F',
    'iptables -t nat -A PREROUTING -p tcp --dport 25 -j REDIRECT',
    'iptables -v -A FORWARD -j ACCEPT',
    'iptables -n -S; iptables -n -F',
    'FW=/sbin/iptables\n$FW -F',
    'FW=/sbin/iptables\n$\u007bFW} -F',
    'FW=/sbin/iptables',
    'NFT=nft\n$NFT flush ruleset',
    'R=edge.nft\nR=other.nft\nnft -f "$R"',
    'echo "iptables -F" | sh',
    'echo "$(iptables -F)"',
    'X=$(nft flush ruleset)',
    'X=$(nft list ruleset; nft flush ruleset)',
    'nft -a list ruleset | xargs nft delete rule',
    'nft list ruleset | sed s/drop/accept/ | nft -f -',
    'nft -f - <<EOF\nflush ruleset\nEOF',
    'nft -f list',
    'iptables-restore --noflush < rules.v4',
    'sh -c "nft -f edge.nft; iptables -F"',
    'ssh edge "nft -f edge.nft; nft flush ruleset"',
    'nft -f "\niptables -F',
    '[ -z "$(nft flush ruleset)" ]',
    'for t in iptables ip6tables; do $t -P FORWARD ACCEPT; done',
    'trap "nft flush ruleset" EXIT',
    '[Service]\nExecStart=/usr/sbin/nft -f /etc/edge.nft\nExecStop=/usr/sbin/nft flush ruleset',
    '[Service]\nRemainAfterExit=yes\nExecStart=/usr/sbin/nft -f /etc/edge.nft\nExecStartPost=-nft add rule inet t c accept',
    'load:\n\t@nft add rule inet t c accept',
    'nft -f {edge,other}.nft',
    '(nft -f edge.nft; ipset flush)',
  ])('changes it: %j', (script) => {
    expect(changesFirewall(script, READ)).toBe(true);
  });
});
