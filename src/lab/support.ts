/** Whether the miniature network can be built here: found out by building the smallest one that uses everything. */
import { platform } from 'node:os';
import { LabError, openSandbox, type Sandbox } from './sandbox.ts';
import { buildNetwork, type Topology } from './topology.ts';

export type LabSupport = { readonly possible: true } | { readonly possible: false; readonly reason: string };

/** Builds a network of two hosts and takes it down again; leaves nothing behind. */
export async function labSupport(): Promise<LabSupport> {
  if (platform() !== 'linux') return { possible: false, reason: `network namespaces are Linux's; this is ${platform()}` };
  let sandbox: Sandbox | null = null;
  try {
    sandbox = await openSandbox();
    for (const tool of TOOLS) {
      const { code } = await sandbox.run(null, ['sh', '-c', `command -v ${tool.command}`]);
      if (code !== 0) return { possible: false, reason: `${tool.command} is not installed (package ${tool.package})` };
    }
    await buildNetwork(sandbox, SMALLEST);
    return { possible: true };
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return { possible: false, reason: explain(error.message) };
  } finally {
    await sandbox?.close();
  }
}

const TOOLS = [
  { command: 'ip', package: 'iproute2' },
  { command: 'nft', package: 'nftables' },
] as const;

const SMALLEST: Topology = {
  names: {},
  hosts: [
    {
      name: 'one',
      forwards: true,
      firewall: 'table inet t { chain c { type filter hook forward priority 0; ct state new drop; }; }',
    },
    { name: 'two', routes: ['default via 10.0.0.1', 'default via 2001:db8::1'] },
  ],
  links: [
    [
      { host: 'one', interface: 'one0', addresses: ['10.0.0.1/24', '2001:db8::1/64'] },
      { host: 'two', interface: 'two0', addresses: ['10.0.0.2/24', '2001:db8::2/64'] },
    ],
  ],
};

function explain(message: string): string {
  if (!/not permitted|permission denied|no space left|too many/i.test(message)) return message;
  return `the kernel does not let this user make namespaces (${message.replaceAll('\n', '; ')}); see kernel.unprivileged_userns_clone, \
user.max_user_namespaces and kernel.apparmor_restrict_unprivileged_userns`;
}
