/** The counters over HTTP, for Prometheus: `GET /metrics`. Meant for loopback or a network of the operator's own. */
import { createServer, type Server } from 'node:http';
import { type Address, endpointText } from '../model/address.ts';
import { inputError } from '../model/problem.ts';

export interface MetricsServer {
  readonly port: number;
  close(): void;
}

/** Scrapers, at once; and what one of them may take. */
const MAX_CONNECTIONS = 16;
const REQUEST_MS = 5_000;

/** @throws {InputError} where the port cannot be opened. */
export async function serveMetrics(address: Address, port: number, text: () => string): Promise<MetricsServer> {
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) => {
    const found = request.method === 'GET' && request.url === '/metrics';
    const type = found ? 'text/plain; version=0.0.4; charset=utf-8' : 'text/plain; charset=utf-8';
    response.writeHead(found ? 200 : 404, { 'content-type': type, connection: 'close' });
    response.end(found ? text() : 'GET /metrics\n');
    // What a body would hold is nothing for us.
    request.resume();
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listening(server, address, port);
  const bound = server.address();
  return {
    port: bound === null || typeof bound === 'string' ? port : bound.port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function listening(server: Server, host: Address, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        inputError('cannot-listen', `${endpointText(host, port)} cannot be opened for metrics: ${cause.message}.`, { cause }),
      );
    });
    server.listen({ host, port }, () => {
      // What fails later is one scrape.
      server.removeAllListeners('error').on('error', () => undefined);
      resolve();
    });
  });
}
