import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSandbox, type Sandbox } from '../../src/lab/sandbox.ts';
import { LOADED, REFUSED } from '../firewall/nftables/loading.cases.ts';
import { describeServers } from './debian-servers.ts';

function missing(): string | null {
  return spawnSync('nft', ['--version']).error === undefined ? null : 'nft is not installed (package nftables)';
}

describeServers(missing(), 'what nft refuses and loads', () => {
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = await openSandbox();
  });
  afterAll(() => sandbox.close());

  /** Those of the texts that nft loads. */
  async function loaded(texts: readonly string[]): Promise<readonly string[]> {
    const commands = texts.map((text, at) => `printf %s '${text}' | nft -c -f - >/dev/null 2>&1 && echo ${at}`);
    const { stdout } = await sandbox.run(null, ['sh'], { stdin: commands.join('\n') });
    return stdout.split('\n').flatMap((line) => (line === '' ? [] : (texts[Number(line)] ?? [])));
  }

  it('is what Postern takes it to be', async () => {
    expect(await loaded(REFUSED.map(({ text }) => text))).toEqual([]);
    expect(await loaded(LOADED)).toEqual(LOADED);
  });
});
