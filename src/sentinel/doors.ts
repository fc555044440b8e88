/** Opens the sentinel's listening sockets: every one, or none. */
import { createServer, type Server, type Socket } from 'node:net';
import { type Address, endpointText, type Family, familyOf } from '../model/address.ts';
import { InputError, inputError } from '../model/problem.ts';

export interface Door {
  readonly address: Address;
  /** 0: the kernel chooses. */
  readonly port: number;
  /** TLS from the first byte, or SMTP that may go on to it. */
  readonly tls: 'implicit' | 'starttls';
  /** A host without this family is no error: nobody asked for it by name. */
  readonly ifPossible: boolean;
}

export interface OpenDoor {
  readonly address: Address;
  readonly family: Family;
  readonly port: number;
  readonly tls: Door['tls'];
  readonly server: Server;
}

export interface Doorkeeper {
  welcome(door: OpenDoor, socket: Socket): void;
  /** accept() failed: EMFILE, ENFILE, ENOMEM. */
  onShortage(error: Error): void;
  warn(message: string): void;
}

/** Connections that wait for accept; the kernel takes less where net.core.somaxconn says so. */
const BACKLOG = 4_096;

export async function openDoors(doors: readonly Door[], keeper: Doorkeeper): Promise<readonly OpenDoor[]> {
  const opened = await Promise.all(doors.map((door) => open(door, keeper)));
  const problems = opened.flatMap((one) => (one instanceof InputError ? one.problems : []));
  const servers = opened.flatMap((one) => (one === null || one instanceof InputError ? [] : [one]));
  if (problems.length === 0 && servers.length > 0) return servers;
  for (const { server } of servers) server.close();
  if (problems.length === 0) throw inputError('nothing-to-listen-on', 'This host has none of the addresses to listen on.');
  throw new InputError(problems);
}

function open(door: Door, keeper: Doorkeeper): Promise<OpenDoor | InputError | null> {
  const { address, port, tls, ifPossible } = door;
  const server = createServer({ noDelay: true });
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const absent = error.code === 'EAFNOSUPPORT' || error.code === 'EADDRNOTAVAIL';
      if (absent && ifPossible) keeper.warn(`This host has no ${address}: nothing listens on ${endpointText(address, port)}.`);
      resolve(absent && ifPossible ? null : problemOf(door, error));
    });
    server.listen({ host: address, port, backlog: BACKLOG, ipv6Only: true }, () => {
      const bound = server.address();
      const opened = { address, family: familyOf(address), port: portOf(bound), tls, server };
      server.removeAllListeners('error').on('error', (error) => keeper.onShortage(error));
      server.on('connection', (socket) => keeper.welcome(opened, socket));
      resolve(opened);
    });
  });
}

function portOf(bound: ReturnType<Server['address']>): number {
  if (bound === null || typeof bound === 'string') throw new TypeError('a TCP server without a port');
  return bound.port;
}

const WORDS: Readonly<Record<string, string>> = {
  EACCES:
    'permission is denied. A port below 1024 takes root or CAP_NET_BIND_SERVICE, which deploy/postern-sentinel.service gives; or listen on others, such as --listen 2525',
  EADDRINUSE: 'something else listens there (ss -ltnp shows what). Stop it, or leave the port out with --listen',
  EADDRNOTAVAIL: 'this host has no such address (ip address shows those that it has)',
  EAFNOSUPPORT: 'this host has no such address family',
};

function problemOf({ address, port }: Door, error: NodeJS.ErrnoException): InputError {
  const words = WORDS[error.code ?? ''] ?? error.message;
  return inputError('cannot-listen', `${endpointText(address, port)} cannot be opened: ${words}.`, { cause: error });
}
