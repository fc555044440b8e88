import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/firewall/configuration.ts';
import { type Packet, type Trace, traceOf } from '../../src/firewall/interpret.ts';
import type { Hook, Ruleset } from '../../src/firewall/ruleset.ts';
import { numberOf, parseAddress } from '../../src/model/address.ts';
import { configurationText } from './fixtures.ts';

function number(text: string): bigint {
  const address = parseAddress(text);
  if (address === null) throw new Error(`${text} is no address`);
  return numberOf(address);
}

function packet(port: number, more: Partial<Packet> = {}): Packet {
  return { family: 'ipv4', source: number('10.0.0.5'), destination: number('192.0.2.1'), port, ...more };
}

function vector(name: string): Ruleset {
  return readConfiguration([{ file: name, text: configurationText(`iptables/${name}.rules`), format: null }]);
}

/** Tables as `filter: -A FORWARD …`; policies as `FORWARD DROP`, each line in its place. */
function tables(lines: Readonly<Record<string, readonly string[]>>): Ruleset {
  const text = Object.entries(lines).map(([table, rules]) => {
    const policies = table === 'nat' ? ['PREROUTING', 'OUTPUT', 'POSTROUTING'] : ['FORWARD', 'OUTPUT'];
    const own = rules.filter((rule) => rule.startsWith(':'));
    const chains = policies.filter((chain) => !own.some((line) => line.startsWith(`:${chain} `)));
    const heads = [...chains.map((chain) => `:${chain} ACCEPT`), ...(table === 'filter' ? [':INPUT ACCEPT'] : []), ...own];
    return `*${table}\n${[...heads, ...rules.filter((rule) => !own.includes(rule))].join('\n')}\nCOMMIT\n`;
  });
  return readConfiguration([{ file: 'fw', text: text.join(''), format: 'iptables-save' }]);
}

function verdict({ verdict: found, condition }: Trace): string {
  return condition === null ? found : `${found}: ${condition}`;
}

function output(ruleset: Ruleset, port: number, more: Partial<Packet> = {}, hook: Hook = 'output'): string {
  return verdict(traceOf(ruleset, packet(port, more), hook));
}

function forward(ruleset: Ruleset, port: number, more: Partial<Packet> = {}): string {
  return output(ruleset, port, more, 'forward');
}

describe('what is easily read wrongly', () => {
  it('a match after the target narrows the rule', () => {
    expect(output(vector('1-match-after-target'), 25)).toBe('conditional: if user 105');
    expect(output(vector('1-match-after-target'), 587)).toBe('drop');
  });

  it('a goto never comes back to the chain that holds it, a jump does', () => {
    expect(output(vector('2-goto'), 25)).toBe('accept');
    expect(output(vector('2-jump'), 25)).toBe('drop');
  });

  it('negated ports leave out the ports', () => {
    const ruleset = vector('3-negated-ports');
    expect([25, 465, 587].map((port) => output(ruleset, port))).toEqual(['drop', 'drop', 'accept']);
  });

  it('what a limit drops and what it accepts are both conditional', () => {
    expect(output(vector('4-limit'), 25)).toBe('conditional: if not -m limit --limit 1/sec');
    const accepting = tables({ filter: [':OUTPUT DROP', '-A OUTPUT -m limit --limit 1/s -p tcp --dport 25 -j ACCEPT'] });
    expect(output(accepting, 25)).toBe('conditional: if -m limit --limit 1/sec');
    expect(output(accepting, 26)).toBe('drop');
  });

  it('a prefix of interfaces holds for each of them', () => {
    const ruleset = vector('5-interfaces');
    expect(['eth0', 'eth1', 'wlan0'].map((name) => forward(ruleset, 25, { in: name }))).toEqual(['accept', 'drop', 'accept']);
    expect(forward(ruleset, 25)).toBe('conditional: if incoming interface eth0 or not incoming interface eth*');
  });

  it('a redirected packet is no longer one to the port that is dropped', () => {
    expect(output(vector('6-redirect'), 25)).toBe('redirect');
  });
});

describe('chains', () => {
  it('a goto comes back to where the chain that holds it was called from', () => {
    const chains = [
      ':a -',
      ':b -',
      '-A OUTPUT -j a',
      '-A OUTPUT -j DROP',
      '-A a -g b',
      '-A a -j ACCEPT',
      '-A b -p tcp --dport 26 -j ACCEPT',
    ];
    expect([25, 26].map((port) => output(tables({ filter: chains }), port))).toEqual(['drop', 'accept']);
  });

  it('a return of a base chain leads to its policy', () => {
    expect(output(tables({ filter: [':OUTPUT DROP', '-A OUTPUT -j RETURN', '-A OUTPUT -j ACCEPT'] }), 25)).toBe('drop');
  });

  it('an accept ends one base chain only, and a drop is final', () => {
    const mangle = { mangle: ['-A FORWARD -j ACCEPT'], filter: [':FORWARD DROP'] };
    expect(forward(tables(mangle), 25)).toBe('drop');
    expect(forward(tables({ mangle: ['-A FORWARD -j DROP'], filter: ['-A FORWARD -j ACCEPT'] }), 25)).toBe('drop');
  });

  it('names the rules that held, in the order in which they are looked at', () => {
    const ruleset = tables({
      mangle: ['-A FORWARD -p tcp -j MARK --set-mark 1'],
      filter: [
        '-A FORWARD -p udp -j DROP',
        '-A FORWARD -m limit --limit 1/s -j ACCEPT',
        '-A FORWARD -p tcp --dport 25 -j REJECT',
      ],
    });
    const { rules } = traceOf(ruleset, packet(25), 'forward');
    expect(rules.map(({ line }) => line)).toEqual([4, 11, 12]);
    expect(forward(ruleset, 25)).toBe('conditional: if -m limit --limit 1/sec');
  });

  it('a packet of a family that no file describes is accepted', () => {
    const ruleset = tables({ filter: [':FORWARD DROP'] });
    expect(forward(ruleset, 25, { family: 'ipv6', source: 1n, destination: 2n })).toBe('accept');
  });
});

describe('what a packet does not show', () => {
  it('is no condition where all its answers lead to one verdict', () => {
    const ruleset = tables({
      filter: [
        ':OUTPUT DROP',
        '-A OUTPUT -m mac --mac-source 00:00:5e:00:53:01 -j DROP',
        '-A OUTPUT -p tcp --sport 1024: -j DROP',
      ],
    });
    expect(output(ruleset, 25)).toBe('drop');
  });

  it('has one answer for one packet', () => {
    const match = '-m owner --uid-owner postfix';
    const ruleset = tables({ filter: [`-A OUTPUT ${match} -j ACCEPT`, `-A OUTPUT ! -o lo ${match} -j DROP`] });
    expect(output(ruleset, 25)).toBe('accept');
  });

  it('has an answer each time where it counts', () => {
    const limit = '-m limit --limit 1/s';
    const ruleset = tables({ filter: [`-A OUTPUT ${limit} -j ACCEPT`, `-A OUTPUT ${limit} -j DROP`] });
    expect(output(ruleset, 25)).toBe('conditional: depending on -m limit --limit 1/sec');
  });

  it('a forwarded packet has no owner, so that a negated owner holds for it', () => {
    const rules = (match: string): Ruleset =>
      tables({ mangle: [':POSTROUTING ACCEPT', `-A POSTROUTING -p tcp --dport 25 -m owner ${match} -j DROP`] });
    const [negated, plain] = [rules('! --uid-owner 105'), rules('--uid-owner 105')];
    expect([forward(negated, 25), forward(plain, 25)]).toEqual(['drop', 'accept']);
    expect([output(negated, 25), output(plain, 25)]).toEqual(['conditional: if user 105', 'conditional: if not user 105']);
  });

  it('ranges of source ports that cover all of them leave nothing open', () => {
    const rules = ['-A FORWARD -p tcp --sport :1023 -j ACCEPT', '-A FORWARD -p tcp --sport 1024: -j ACCEPT'];
    expect(forward(tables({ filter: [':FORWARD DROP', ...rules] }), 25)).toBe('accept');
    expect(forward(tables({ filter: [':FORWARD DROP', ...rules.slice(1)] }), 25)).toBe('conditional: if source port 1024-65535');
    expect(forward(tables({ filter: [':FORWARD DROP', ...rules.slice(1)] }), 25, { sourcePort: 25 })).toBe('drop');
  });

  it('a verdict that is decided outside is both', () => {
    expect(forward(tables({ filter: ['-A FORWARD -j NFQUEUE --queue-num 3'] }), 25)).toBe(
      'conditional: if -j NFQUEUE --queue-num 3 accepts',
    );
  });

  it('more worlds than can be looked at are conditional', () => {
    const rules = Array.from({ length: 13 }, (_, index) => `-A FORWARD -m limit --limit ${index + 1}/s -j LOG`);
    expect(forward(tables({ filter: rules }), 25)).toBe('conditional: too many conditions');
  });
});

describe('rewritten destinations', () => {
  it('are what later base chains look at', () => {
    const nat = ['-A PREROUTING -p tcp --dport 25 -j DNAT --to-destination 10.0.0.9:2525'];
    const rules = (port: number): Ruleset =>
      tables({ nat, filter: [`-A FORWARD -d 10.0.0.9 -p tcp --dport ${port} -j DROP`, '-A INPUT -j DROP'] });
    expect([25, 2525].map((port) => forward(rules(port), 25))).toEqual(['redirect', 'drop']);
  });

  it('a redirect of a forwarded packet leads to INPUT', () => {
    const nat = ['-A PREROUTING -p tcp --dport 25 -j REDIRECT --to-ports 2525'];
    expect(forward(tables({ nat, filter: [':FORWARD DROP'] }), 25)).toBe('redirect');
    expect(forward(tables({ nat, filter: ['-A INPUT -p tcp --dport 2525 -j REJECT'] }), 25)).toBe('reject');
  });

  it('several destinations are a condition where they are judged differently', () => {
    const nat = ['-A PREROUTING -p tcp --dport 25 -j DNAT --to-destination 10.0.0.8-10.0.0.9'];
    expect(forward(tables({ nat, filter: ['-A FORWARD -d 10.0.0.9 -j DROP', '-A INPUT -j DROP'] }), 25)).toBe(
      'conditional: redirect if not destination 10.0.0.9',
    );
  });

  it("may be the firewall's own, which matters where the way to another host is closed", () => {
    const nat = ['-A PREROUTING -p tcp --dport 25 -j DNAT --to-destination 10.0.0.9:2525'];
    expect(forward(tables({ nat, filter: [':FORWARD DROP', '-A INPUT -p tcp --dport 2525 -j ACCEPT'] }), 25)).toBe(
      'conditional: redirect if 10.0.0.9 is an address of this host',
    );
    expect(forward(tables({ nat, filter: ['-A INPUT -j DROP'] }), 25)).toBe('redirect');
  });

  it('of nftables are written at one place of the hook, whatever the priority of the chain', () => {
    const nft = (priority: number): Ruleset => {
      const chain = (name: string, type: string, at: number, rule: string): string =>
        `chain ${name} { type ${type} hook output priority ${at};\n${rule}\n}`;
      const text = [chain('f', 'filter', 0, 'tcp dport 25 drop'), chain('n', 'nat', priority, 'tcp dport 25 redirect to :2525')];
      return readConfiguration([{ file: 'edge.nft', text: `table ip t {\n${text.join('\n')}\n}\n`, format: 'nftables' }]);
    };
    expect([-100, 10, 200].map((priority) => output(nft(priority), 25))).toEqual(['redirect', 'redirect', 'redirect']);
  });

  it('lead a packet to the firewall elsewhere', () => {
    const nat = ['-A PREROUTING -p tcp --dport 25 -j DNAT --to-destination 10.0.0.9'];
    const input = (rule: string): string =>
      output(tables({ nat, filter: [rule, '-A INPUT -p tcp --dport 25 -j DROP'] }), 25, {}, 'input');
    expect(input('-A FORWARD -d 10.0.0.9 -j ACCEPT')).toBe('redirect');
    expect(input('-A FORWARD -d 10.0.0.9 -j DROP')).toBe('drop');
  });

  it('an answer about the old destination says nothing about the new one', () => {
    const match = '-m addrtype --dst-type LOCAL';
    const rules = { filter: [`-A OUTPUT ${match} -j DROP`] };
    const nat = [`-A OUTPUT ${match} -j ACCEPT`, '-A OUTPUT -j DNAT --to-destination 10.0.0.9'];
    expect(output(tables({ nat, ...rules }), 25)).toBe(
      `conditional: redirect if not ${match} and not ${match} (destination rewritten)`,
    );
  });
});

describe('the line that decides', () => {
  const decided = (ruleset: Ruleset, port: number, more: Partial<Packet> = {}, hook: Hook = 'forward'): string | null =>
    traceOf(ruleset, packet(port, more), hook).decision?.text ?? null;

  it('is the rule that drops or accepts, else the chain whose policy does', () => {
    const ruleset = tables({ filter: [':FORWARD DROP', '-A FORWARD -p tcp --dport 25 -j ACCEPT'] });
    expect([25, 26].map((port) => decided(ruleset, port))).toEqual(['-A FORWARD -p tcp --dport 25 -j ACCEPT', ':FORWARD DROP']);
  });

  it('is the chain of the own hook where all chains accept by policy', () => {
    expect(decided(tables({ nat: [], filter: [] }), 25)).toBe(':FORWARD ACCEPT');
  });

  it('is the rule that rewrites a destination, unless a later one drops the packet', () => {
    const nat = ['-A PREROUTING -p tcp --dport 25 -j REDIRECT --to-ports 2525'];
    expect(decided(tables({ nat, filter: [':FORWARD DROP'] }), 25)).toBe(nat[0]);
    expect(decided(tables({ nat, filter: ['-A INPUT -j DROP'] }), 25)).toBe('-A INPUT -j DROP');
  });

  it('is none where it hangs on something', () => {
    expect(decided(vector('4-limit'), 25, {}, 'output')).toBeNull();
  });
});

it('a packet whose owner is given is judged by it', () => {
  const ruleset = tables({ filter: ['-A OUTPUT -m owner ! --uid-owner 105 -j DROP'] });
  expect([105, 106].map((user) => output(ruleset, 25, { user }))).toEqual(['accept', 'drop']);
  expect(traceOf(ruleset, packet(25), 'output').outcomes).toEqual(['accept', 'drop']);
});
