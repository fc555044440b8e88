/** Serves the behaviours: TCP listeners that speak SMTP, or do something else on its ports. */
import { createServer, type Server, type Socket } from 'node:net';
import type { Behaviour, Listener, Talker } from './behaviour.ts';
import { serveMail } from './mail-server.ts';
import { standBetween } from './middlebox.ts';

/**
 * Listens everywhere; port 0 takes a free one.
 *
 * @returns the ports in the order of the listeners, and a way to end it all.
 */
export async function serve(listeners: readonly Listener[]): Promise<{ readonly ports: readonly number[]; close(): void }> {
  const open = new Set<Socket>();
  const servers = await Promise.all(listeners.map((listener) => listen(listener, open)));
  return {
    ports: servers.map((server) => {
      const bound = server.address();
      return typeof bound === 'object' && bound !== null ? bound.port : 0;
    }),
    close() {
      for (const server of servers) server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

function listen({ address, port, behaviour }: Listener, open: Set<Socket>): Promise<Server> {
  const server = createServer({ noDelay: true }, (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    // A client that hangs up or resets is what these servers are for.
    socket.on('error', () => undefined);
    perform(behaviour, socket);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: address, port, backlog: 1_024 }, () => resolve(server));
  });
}

function perform(behaviour: Behaviour, socket: Socket): void {
  switch (behaviour.kind) {
    case 'mail':
      serveMail(behaviour, socket);
      break;
    case 'talk':
      talk(behaviour, socket);
      break;
    case 'middlebox':
      standBetween(behaviour, socket);
      break;
  }
}

function talk(talker: Talker, socket: Socket): void {
  const finish = (): void => {
    if (talker.afterwards === 'close') socket.end();
    if (talker.afterwards === 'reset') socket.resetAndDestroy();
  };
  const { answers } = talker;
  socket.once('data', () => {
    // Reads on, so that the end of the other side is seen.
    socket.resume();
    if (answers === undefined) return;
    socket.write(answers, 'latin1', finish);
  });
  socket.on('end', () => socket.end());
  say(talker, socket, answers === undefined ? finish : () => undefined);
}

function say({ says, stutterMs }: Talker, socket: Socket, done: () => void): void {
  if (says === '') {
    done();
    return;
  }
  if (stutterMs === undefined) {
    socket.write(says, 'latin1', done);
    return;
  }
  let next = 0;
  const timer = setInterval(() => {
    socket.write(says.charAt(next++), 'latin1');
    if (next < says.length) return;
    clearInterval(timer);
    done();
  }, stutterMs);
  socket.once('close', () => clearInterval(timer));
}
