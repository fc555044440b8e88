import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSandbox, type Sandbox } from '../../src/lab/sandbox.ts';
import { buildNetwork } from '../../src/lab/topology.ts';
import { untilFile } from './await-file.ts';
import { describeLab, postern } from './postern.ts';

describeLab('the sandbox', () => {
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await openSandbox();
  });
  afterEach(() => sandbox.close());

  it('has names, hosts and interfaces of its own, and leaves those of the machine alone', async () => {
    const before = { hosts: readFileSync('/etc/hosts', 'utf8'), interfaces: Object.keys(networkInterfaces()) };
    await buildNetwork(sandbox, {
      names: { 'mx.example.org': ['192.0.2.1'] },
      hosts: [{ name: 'one' }, { name: 'two' }],
      links: [
        [
          { host: 'one', interface: 'one0', addresses: ['192.0.2.1/24'] },
          { host: 'two', interface: 'two0', addresses: ['192.0.2.2/24'] },
        ],
      ],
    });
    expect((await sandbox.run('two', ['getent', 'hosts', 'mx.example.org'])).stdout).toContain('192.0.2.1');
    expect((await sandbox.run('two', ['cat', '/proc/net/dev'])).stdout).not.toContain('eth0');
    expect((await sandbox.run('two', ['ip', '-o', 'link'])).stdout).toContain('two0');
    expect({ hosts: readFileSync('/etc/hosts', 'utf8'), interfaces: Object.keys(networkInterfaces()) }).toEqual(before);
  });

  it('says which command failed, in its words', async () => {
    await expect(sandbox.script(null, 'ip netns add one\nip netns add one\necho not reached')).rejects.toThrow(
      /already exists|File exists/,
    );
  });

  it('hands arguments over as they are', async () => {
    const words = ['a b', "it's", '$HOME', '"', '\\', '*'];
    const { stdout } = await sandbox.run(null, ['printf', '%s\\n', ...words]);
    expect(stdout.split('\n').slice(0, -1)).toEqual(words);
  });

  it('ends everything in it when it is closed', async () => {
    const child = sandbox.spawn(null, ['sleep', '1000']);
    const ended = once(child, 'close');
    await sandbox.close();
    await ended;
  });
});

describeLab('a demonstration that is killed by SIGKILL', () => {
  it('leaves no process behind', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'postern-killed-'));
    const [node = '', ...rest] = postern;
    const demo = spawn(node, [...rest, 'demo', '--keep', folder]);
    await untilFile(join(folder, 'workstations.jsonl'), (text) => text !== '');
    const pids = processesThatName(folder);
    expect(pids.length).toBeGreaterThan(1);
    const ended = once(demo, 'exit');
    demo.kill('SIGKILL');
    await ended;
    // `tail --pid` ends with the process that it is told.
    for (const pid of pids) spawnSync('tail', [`--pid=${pid}`, '-s', '0.05', '-f', '/dev/null'], { timeout: 10_000 });
    expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
  });
});

function processesThatName(folder: string): string[] {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandLine(pid).includes(folder));
}

/** Empty where the process has ended meanwhile. */
function commandLine(pid: string): string {
  const { stdout } = spawnSync('cat', [`/proc/${pid}/cmdline`], { encoding: 'utf8' });
  return stdout;
}
