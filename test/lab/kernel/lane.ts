/** One router with its two neighbours, into which one ruleset after the other is loaded. Several lanes do not see each other. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { LabError, openSandbox, type Sandbox } from '../../../src/lab/sandbox.ts';
import { buildNetwork } from '../../../src/lab/topology.ts';
import type { GeneratedFile } from '../../firewall/generate/world.ts';
import { PORTS, USERS } from '../../firewall/generate/world.ts';
import type { Attempt, Reply, Seen, Task } from './agent-words.ts';
import { kernelTopology } from './topology.ts';

/** Which program loads an iptables-save: that of nftables, or the older one. */
export type Backend = 'nft' | 'legacy';

export interface Lane {
  /** Null, or what the tool that refused a file said. */
  load(files: readonly GeneratedFile[]): Promise<string | null>;
  /** From the client, or from the router as one of its users: all of them at once. */
  connect(from: 'client' | number, attempts: readonly Attempt[], timeoutMs: number): Promise<readonly Seen[]>;
  close(): Promise<void>;
}

/** @param agent  the built program. */
export async function openLane(agent: string, backend: Backend): Promise<Lane> {
  const sandbox = await openSandbox();
  try {
    await buildNetwork(sandbox, kernelTopology());
    const start = (host: string): Agent => new Agent(sandbox, host, agent);
    const [client, server] = [start('client'), start('server')];
    const users = new Map(USERS.map((user) => [user, start('router')]));
    const root = users.get(0) ?? start('router');
    await server.ask({ do: 'listen', name: 'server', ports: PORTS });
    await root.ask({ do: 'listen', name: 'router', ports: PORTS });
    for (const [user, one] of users) if (user !== 0) await one.ask({ do: 'become', user });
    const agentOf = (from: 'client' | number): Agent => (from === 'client' ? client : (users.get(from) ?? root));
    return {
      load: (files) => load(root, backend, files),
      connect: async (from, attempts, timeoutMs) => (await agentOf(from).ask({ do: 'connect', attempts, timeoutMs })).seen ?? [],
      close: () => sandbox.close(),
    };
  } catch (error) {
    await sandbox.close();
    throw error;
  }
}

async function load(root: Agent, backend: Backend, files: readonly GeneratedFile[]): Promise<string | null> {
  for (const [command, stdin] of [...cleared(backend), ...loading(backend, files)]) {
    const { ran } = await root.ask({ do: 'run', command, stdin });
    if (ran?.code !== 0) return `${command.join(' ')}: ${ran?.output.trim()}`;
  }
  return null;
}

type Step = readonly [command: readonly string[], stdin: string];

/** Also of those tables that the next file does not have; a policy stays unless it is named. */
const EMPTY_TABLES = Object.entries({
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
})
  .map(([table, chains]) => `*${table}\n${chains.map((chain) => `:${chain} ACCEPT [0:0]\n`).join('')}COMMIT\n`)
  .join('');

function cleared(backend: Backend): Step[] {
  const tables: Step[] =
    backend === 'nft'
      ? [[['nft', 'flush', 'ruleset'], '']]
      : [
          [['iptables-legacy-restore'], EMPTY_TABLES],
          [['ip6tables-legacy-restore'], EMPTY_TABLES],
        ];
  return [...tables, [['sh'], NO_SETS]];
}

/** Sets of sets hold their members, and rules that are gone hold their sets for a moment. */
const NO_SETS = `ipset flush
for try in 1 2 3 4 5 6 7 8 9; do ipset destroy 2>/dev/null && exit 0; sleep 0.05; done
exec ipset destroy`;

/** Sets first: rules name them. */
function loading(backend: Backend, files: readonly GeneratedFile[]): Step[] {
  const order = ['ipset-save', 'iptables-save', 'ip6tables-save', 'nftables', 'nftables-json'] as const;
  return order.flatMap((format) =>
    files
      .filter((file) => file.format === format)
      .flatMap(({ text }): Step[] => [
        [LOADERS[backend][format], text],
        ...(format.startsWith('nftables') ? [[['nft', '-f', '-'], TRACKING] satisfies Step] : []),
      ]),
  );
}

/**
 * A chain that translates sees nothing as long as nothing tracks connections, not even to drop it. @see Linux, nf_nat_core.c, nf_nat_inet_fn():
 * `if (!ct) return NF_ACCEPT`
 */
const TRACKING =
  'table inet lab_tracking { chain seen { type filter hook prerouting priority 300; ct state invalid counter; }; }\n';

const COMMON = {
  'ipset-save': ['ipset', 'restore'],
  nftables: ['nft', '-f', '-'],
  'nftables-json': ['nft', '-j', '-f', '-'],
} as const;

const LOADERS = {
  nft: { ...COMMON, 'iptables-save': ['iptables-nft-restore'], 'ip6tables-save': ['ip6tables-nft-restore'] },
  legacy: { ...COMMON, 'iptables-save': ['iptables-legacy-restore'], 'ip6tables-save': ['ip6tables-legacy-restore'] },
} as const;

class Agent {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting = new Map<number, { readonly resolve: (reply: Reply) => void; readonly reject: (error: Error) => void }>();
  #asked = 0;

  constructor(sandbox: Sandbox, host: string, program: string) {
    this.#child = sandbox.spawn(host, [process.execPath, program]);
    this.#child.stderr.on('data', (bytes: Buffer) => process.stderr.write(bytes));
    this.#child.stdin.on('error', () => undefined);
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#answered(JSON.parse(line)));
    this.#child.once('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new LabError(`the agent on ${host} has ended`));
    });
  }

  ask(task: Task): Promise<Reply> {
    this.#asked += 1;
    const id = this.#asked;
    this.#child.stdin.write(`${JSON.stringify({ id, ...task })}\n`);
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  #answered({ id, ...reply }: Reply & { readonly id: number }): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (reply.error === undefined) waiting?.resolve(reply);
    else waiting?.reject(new LabError(reply.error));
  }
}
