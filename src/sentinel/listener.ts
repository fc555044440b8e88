/** The sentinel itself: opens its ports, lets clients in within bounds, keeps time, and tells what happened. */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Address } from '../model/address.ts';
import { contains, LOOPBACK } from '../model/address-set.ts';
import type { SentinelEvent } from '../model/sentinel-log.ts';
import type { SigningKey } from '../receipt/keys.ts';
import type { Attested } from '../receipt/receipt.ts';
import { Attestations } from './attestations.ts';
import { Client } from './client.ts';
import { Counters } from './counters.ts';
import { Crowd } from './crowd.ts';
import { type OpenDoor, openDoors } from './doors.ts';
import type { Sentinel, SentinelOptions } from './options.ts';
import { addressesOfHost, type Peer, peerOf } from './peer.ts';
import { contextOf } from './secure.ts';
import type { Premises } from './session.ts';
import { Sink } from './sink.ts';
import { Sources } from './sources.ts';

/** Between two looks at the deadlines. */
const SWEEP_MS = 1_000;
const ALIVE_MS = 60_000;
/** After this, who has not gone by itself is cut off. */
const CLOSING_MS = 1_000;

/** @throws {InputError} with every door that cannot be opened; then none is. */
export async function openSentinel(options: SentinelOptions): Promise<Sentinel> {
  const post = new Post(options);
  await post.open();
  return post;
}

class Post implements Sentinel {
  readonly #options: SentinelOptions;
  readonly #premises: Premises;
  readonly #crowd: Crowd<Client>;
  /** Those of the crowd that began TLS, which takes more memory and time than all the rest. */
  readonly #shakers: Crowd<Client>;
  readonly #sources: Sources;
  readonly #attestations: Attestations;
  readonly #counters: Counters;
  /** Connection ids are unique in a log that holds several runs. */
  readonly #run = randomBytes(4).toString('hex');
  #count = 0;
  #keys: readonly SigningKey[];
  #secureContext: SecureContext | null;
  #ownAddresses: ReadonlySet<string> = new Set();
  #doors: readonly OpenDoor[] = [];
  #cancelSweep: () => void = () => undefined;
  #nextAlive = 0;
  #lastShortage = Number.NEGATIVE_INFINITY;
  #onEmpty: (() => void) | null = null;

  constructor(options: SentinelOptions) {
    const { clock, limits, certificate, name, sink } = options;
    this.#options = options;
    this.#keys = options.keys;
    this.#secureContext = certificate === null ? null : contextOf(certificate);
    this.#crowd = new Crowd(limits.connections);
    this.#shakers = new Crowd(Math.ceil(limits.connections / 2));
    this.#sources = new Sources(limits);
    this.#attestations = new Attestations(options.attested);
    this.#counters = new Counters(clock.now());
    this.#premises = {
      name,
      keys: () => this.#keys,
      attested: () => this.#attestations.list(),
      sink: sink === null ? null : new Sink(sink, clock.now),
      now: clock.now,
    };
  }

  get doors(): readonly OpenDoor[] {
    return this.#doors;
  }

  get ports(): readonly number[] {
    return [...new Set(this.#doors.map(({ port }) => port))].sort((a, b) => a - b);
  }

  get connections(): number {
    return this.#crowd.size;
  }

  async open(): Promise<void> {
    const { doors, clock, name, warn } = this.#options;
    const own = addressesOfHost();
    if (own === null) warn("This host's addresses cannot be read: its own connections count as from outside, but for loopback.");
    this.#ownAddresses = own ?? new Set();
    this.#doors = await openDoors(doors, {
      warn,
      welcome: (door, socket) => this.#welcome(door, socket),
      onShortage: (error) => this.#makeRoom(error),
    });
    this.#tell({ event: 'listening', at: this.#at(), name, keys: this.#keys.map((key) => key.publicKey.id), ports: this.ports });
    this.#nextAlive = clock.monotonic() + ALIVE_MS;
    this.#cancelSweep = clock.after(SWEEP_MS, this.#sweep);
  }

  attested(): readonly Attested[] {
    return this.#attestations.list();
  }

  metrics(residentBytes: number): string {
    return this.#counters.text({ now: this.#options.clock.now(), connections: this.#crowd.size, residentBytes });
  }

  reload({ keys, certificate }: Parameters<Sentinel['reload']>[0]): void {
    const secureContext = certificate === null ? this.#secureContext : contextOf(certificate);
    this.#keys = keys;
    this.#secureContext = secureContext;
  }

  async close(): Promise<void> {
    this.#cancelSweep();
    for (const { server } of this.#doors) server.close();
    const { clock } = this.#options;
    for (const client of this.#crowd.all()) client.dismiss('stopped', `4.3.2 ${this.#options.name} Service shutting down`);
    if (this.#crowd.size > 0) {
      await new Promise<void>((resolve) => {
        this.#onEmpty = resolve;
        clock.after(CLOSING_MS, () => {
          for (const client of this.#crowd.all()) client.cut('stopped');
        });
      });
    }
    this.#tell({ event: 'stopped', at: this.#at() });
  }

  #welcome(door: OpenDoor, socket: Socket): void {
    const { clock } = this.#options;
    const peer = peerOf(socket);
    // Reset before it was looked at: there is nobody left, and nothing to say who it was.
    if (peer === null) {
      socket.destroy();
      return;
    }
    if (this.#isOutside(peer.address)) this.#attestations.note(door.port, door.family, clock.now());
    const refused = this.#refuse(peer.address);
    if (refused === null) this.#admit(door, socket, peer);
    else this.#turnAway(door, socket, peer, refused);
  }

  #admit(door: OpenDoor, socket: Socket, peer: Peer): void {
    const { clock, limits } = this.#options;
    const { port, family, tls } = door;
    const client = new Client({
      id: `${this.#run}-${++this.#count}`,
      socket,
      port,
      family,
      peer,
      implicitTls: tls === 'implicit',
      secureContext: this.#secureContext,
      premises: this.#premises,
      clock,
      limits,
      tell: (event) => this.#tell(event),
      onKnown: (known) => {
        this.#crowd.vouchFor(known);
        this.#shakers.vouchFor(known);
      },
      onHandshake: (shaker) => this.#shake(shaker),
      onGone: (gone) => this.#remove(gone),
    });
    this.#crowd.add(client);
    this.#tell({ event: 'connected', at: this.#at(), connection: client.id, port, family, client: peer });
    client.begin();
  }

  /** Null where there is room, or room was made. */
  #refuse(address: Address): string | null {
    const refused = this.#sources.enter(address, this.#options.clock.monotonic());
    if (refused !== null) return refused;
    const inTheWay = this.#crowd.inTheWay();
    if (inTheWay === 'full') {
      this.#sources.leave(address);
      return 'full';
    }
    if (inTheWay !== null) this.#evict(inTheWay);
    return null;
  }

  /** False where it has to go without. */
  #shake(client: Client): boolean {
    const inTheWay = this.#shakers.inTheWay();
    if (inTheWay === 'full') return false;
    if (inTheWay !== null) this.#evict(inTheWay);
    this.#shakers.add(client);
    return true;
  }

  #evict(client: Client): void {
    client.dismiss('evicted', `4.7.0 ${this.#options.name} Error: too many connections`);
    client.cut('evicted');
    // Its socket's own word comes a turn later; its place is free now.
    this.#remove(client);
  }

  #turnAway({ port, family, tls }: OpenDoor, socket: Socket, client: Peer, why: string): void {
    socket.on('error', () => undefined);
    if (tls !== 'implicit') socket.write(`421 4.7.0 ${this.#options.name} Error: too many connections\r\n`);
    socket.destroy();
    const event = { event: 'turned-away', at: this.#at(), port, family, client, why } as const;
    if (why === 'unlisted') this.#counters.count(event);
    else this.#tell(event);
  }

  #remove(client: Client): void {
    this.#shakers.delete(client);
    if (!this.#crowd.delete(client)) return;
    this.#sources.leave(client.peer.address);
    if (this.#crowd.size === 0) this.#onEmpty?.();
  }

  /** No descriptors are left, though the bound on connections should have seen to that: strangers give theirs back. */
  #makeRoom(error: Error): void {
    const now = this.#options.clock.monotonic();
    for (let count = 0; count < 64; count++) {
      const stranger = this.#crowd.oldestStranger();
      if (stranger === null) break;
      this.#evict(stranger);
    }
    if (now - this.#lastShortage < ALIVE_MS) return;
    this.#lastShortage = now;
    this.#options.warn(
      `A connection could not be accepted (${error.message}); the oldest strangers were closed. Allow more open files.`,
    );
  }

  readonly #sweep = (): void => {
    const { clock } = this.#options;
    const now = clock.monotonic();
    for (const client of this.#crowd.all()) client.expire(now);
    if (now >= this.#nextAlive) {
      this.#nextAlive = now + ALIVE_MS;
      this.#ownAddresses = addressesOfHost() ?? this.#ownAddresses;
      this.#tell({ event: 'alive', at: this.#at(), connections: this.#crowd.size });
    }
    this.#cancelSweep = clock.after(SWEEP_MS, this.#sweep);
  };

  #isOutside(address: Address): boolean {
    return this.#options.countLoopback || !(contains(LOOPBACK, address) || this.#ownAddresses.has(address));
  }

  #tell(event: SentinelEvent): void {
    this.#counters.count(event);
    this.#options.tell(event);
  }

  #at(): string {
    return new Date(this.#options.clock.now()).toISOString();
  }
}
