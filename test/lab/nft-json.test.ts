import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseNftJson } from '../../src/firewall/nftables/json.ts';
import { parseNft } from '../../src/firewall/nftables/text.ts';
import type { RulesetPart } from '../../src/firewall/ruleset.ts';
import { openSandbox, type Sandbox } from '../../src/lab/sandbox.ts';
import { generate } from '../firewall/generate/nftables.ts';
import { RULES, TABLE } from '../firewall/nftables/loadable-rules.ts';
import { showChain } from '../firewall/show.ts';
import { describeServers } from './debian-servers.ts';

const BARRIER = '=====';

interface Printed {
  readonly loaded: string;
  readonly text: string;
  readonly json: string;
}

function missing(): string | null {
  return spawnSync('nft', ['--version']).error === undefined ? null : 'nft is not installed (package nftables)';
}

describeServers(missing(), 'what nft prints as text and as JSON', () => {
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = await openSandbox();
  });
  afterAll(() => sandbox.close());

  /** Of each that this nft and this kernel take. */
  async function printed(scripts: readonly string[]): Promise<readonly Printed[]> {
    const commands = scripts.map(
      (script) =>
        `if nft -f - 2>/dev/null <<'END'\n${script}\nEND\nthen nft -a list ruleset; echo ${BARRIER}; nft -j list ruleset; else echo; echo ${BARRIER}; fi\necho ${BARRIER}`,
    );
    const { stdout } = await sandbox.run(null, ['sh'], { stdin: commands.join('\n') });
    const parts = stdout.split(`${BARRIER}\n`);
    return scripts.flatMap((loaded, index) => {
      const [text = '', json = ''] = parts.slice(2 * index, 2 * index + 2);
      return json === '' ? [] : [{ loaded, text, json }];
    });
  }

  function expectAgreement({ loaded, text, json }: Printed): void {
    // nft 1.0.6 prints something else where a table has flags.
    if (/flags dormant/.test(text) && !/"flags": (\[")?dormant/.test(json)) {
      expect(() => parseNftJson(json, 'x')).toThrow(/bad-flags/);
      return;
    }
    expect({ loaded, rules: meaning(parseNftJson(json, 'x')) }).toEqual({ loaded, rules: meaning(parseNft(text, 'x')) });
  }

  it('means the same, rule by rule', async () => {
    const scripts = Object.entries(RULES).flatMap(([chain, rules]) =>
      rules.map((rule) => `${TABLE}\nadd rule inet edge ${chain} ${rule}`),
    );
    const found = await printed(scripts);
    expect(found.length).toBeGreaterThan(180);
    found.forEach(expectAgreement);
  });

  it('means the same for random rulesets', async () => {
    const scripts = Array.from({ length: 30 }, (_, seed) => generate(seed).files[0]?.text ?? '');
    const found = await printed(scripts);
    expect(found.length).toBeGreaterThan(25);
    found.forEach(expectAgreement);
  });
});

/** Of every chain, with its hook; of rules whose places are not compared. */
function meaning({ chains, bases }: RulesetPart): readonly string[] {
  const heads = bases.map(({ chain, hook, kind, priority, policy }) => `${chain}: ${kind} ${hook} ${priority} ${policy}`);
  return [...heads, ...[...chains.values()].flatMap((chain) => [chain.id, ...showChain(chain)])].sort();
}
