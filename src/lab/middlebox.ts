/**
 * Devices between a client and the server that it asked for. A firewall redirects connections to them; to whom a connection was meant they
 * are told beforehand (Node cannot read SO_ORIGINAL_DST), so that there is one port for each destination. What goes on to the server comes
 * from the device's own address.
 */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { createSecureContext, TLSSocket, connect as tlsConnect } from 'node:tls';
import type { Middlebox, SinkBox, TlsBox, Upstream } from './behaviour.ts';
import { inspecting, stripping } from './rewrite.ts';
import { type Ends, spliceReplies, UNCHANGED } from './splice-replies.ts';

/** Stands between until one side ends; errors of the client's socket are the caller's to hear. */
export function standBetween(box: Middlebox, client: Socket): void {
  if (box.does === 'accept-all') acceptAll(box, client);
  else {
    const ends = goOn(box.upstream, client);
    if (ends === null) return;
    if (box.does === 'intercept-tls') takeOverTls(box, ends);
    else if (box.does === 'relay') join(ends);
    else spliceReplies(ends, box.does === 'strip' ? stripping() : inspecting(), () => join(ends));
  }
}

/**
 * Null where there is nowhere to go on to. What ends on one side ends on the other, as soon as all that was said has been passed on; a reset
 * becomes an end, because Node, told to reset a socket that is just being ended, never closes it, and spins when the process exits.
 */
function goOn(upstream: Upstream, client: Socket): Ends | null {
  if (upstream === null) {
    client.end();
    return null;
  }
  const server = connect({ host: upstream.address, port: upstream.port, noDelay: true });
  server.on('error', () => undefined);
  server.once('close', () => client.destroySoon());
  client.once('close', () => server.destroySoon());
  return { client, server };
}

function join({ client, server }: Ends): void {
  client.pipe(server);
  server.pipe(client);
}

function takeOverTls(box: TlsBox, ends: Ends): void {
  if (box.tls === 'implicit') interceptTls(box, ends);
  else spliceReplies(ends, UNCHANGED, () => interceptTls(box, ends));
}

/** Two sessions, each with keys of its own; to the server it is any client, which trusts everybody. */
function interceptTls({ certificate }: TlsBox, { client, server }: Ends): void {
  const secureContext = createSecureContext({ cert: readFileSync(certificate.certificate), key: readFileSync(certificate.key) });
  const inner: Ends = {
    client: new TLSSocket(client, { isServer: true, secureContext }),
    server: tlsConnect({ socket: server, rejectUnauthorized: false }),
  };
  inner.client.on('error', () => client.destroy());
  inner.server.on('error', () => server.destroy());
  join(inner);
}

function acceptAll({ name }: SinkBox, client: Socket): void {
  let pending = '';
  let message = false;
  client.write(`220 ${name} ESMTP\r\n`);
  client.on('data', (bytes: Buffer) => {
    pending += bytes.toString('latin1');
    const lines = pending.split('\r\n');
    pending = lines.pop() ?? '';
    for (const line of lines) {
      const verb = (line.split(' ')[0] ?? '').toUpperCase();
      if (message && line !== '.') continue;
      message = !message && verb === 'DATA';
      if (verb === 'QUIT') client.end(`221 ${name} closing\r\n`);
      else client.write(message ? '354 Go on\r\n' : verb === 'EHLO' ? `250-${name}\r\n250 8BITMIME\r\n` : '250 OK\r\n');
    }
  });
  client.on('end', () => client.end());
}
