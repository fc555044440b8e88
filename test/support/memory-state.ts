/**
 * A state folder in memory that can be cut off in the middle of any step. A killed process leaves what it wrote, the last step half done; a
 * power failure moreover forgets names that no syncFolder made sure of.
 */
import type { StateFiles } from '../../src/host/state-files.ts';
import { inputError } from '../../src/model/problem.ts';

/** The process is dead: nothing catches this. */
export class Killed extends Error {}

export interface MemoryState extends StateFiles {
  /** Steps that changed something so far. */
  steps(): number;
  /** The step of this number, counted from now on, is done by half; `full`: and said to have failed, once. */
  cutAt(step: number, how: 'killed' | 'full'): void;
  /** The machine loses power now; `kept`: how many of the last unsynced names the disk had taken all the same. */
  losePower(kept: number): void;
  /** Another process, same files. */
  reopened(): void;
  readonly names: () => readonly string[];
  /** Another folder with the same files, all of them synced. */
  copy(): MemoryState;
  /** Damages a file. */
  overwrite(name: string, bytes: Uint8Array): void;
}

interface Inode {
  bytes: Uint8Array;
}

export function memoryState(from: ReadonlyMap<string, Inode> = new Map()): MemoryState {
  const copied = (): Map<string, Inode> => new Map([...from].map(([name, { bytes }]) => [name, { bytes }]));
  let live = copied();
  const disk = new Map(live);
  let unsynced: { readonly folder: string; readonly apply: () => void }[] = [];
  let count = 0;
  let cut: { at: number; readonly how: 'killed' | 'full' } | null = null;
  let dead = false;

  const step = (whole: () => void, half: () => void): void => {
    if (dead) throw new Killed('the process is dead');
    count++;
    if (cut === null || --cut.at > 0) {
      whole();
      return;
    }
    const { how } = cut;
    cut = null;
    half();
    if (how === 'full') throw inputError('state-unwritable', 'it cannot be written: the disk is full.');
    dead = true;
    throw new Killed('killed');
  };
  const later = (name: string, apply: () => void): void => void unsynced.push({ folder: folderOf(name), apply });
  const put = (name: string, inode: Inode): void => {
    live.set(name, inode);
    later(name, () => disk.set(name, inode));
  };
  const write = (name: string, bytes: Uint8Array): void => {
    const inode = live.get(name) ?? { bytes: new Uint8Array() };
    if (!live.has(name)) put(name, inode);
    inode.bytes = Buffer.concat([inode.bytes, bytes]);
  };
  const nothing = (): void => undefined;
  return {
    folder: 'state',
    list: (folder) =>
      [...live.keys()]
        .filter((name) => folderOf(name) === folder)
        .map((name) => name.slice(folder === '' ? 0 : folder.length + 1))
        .sort(),
    read: (name) => live.get(name)?.bytes ?? null,
    create: (name, bytes) => {
      if (live.has(name)) throw inputError('state-unwritable', `${name} is there already.`);
      step(
        () => write(name, bytes),
        () => write(name, bytes.subarray(0, bytes.length >> 1)),
      );
    },
    append: (name, bytes) =>
      step(
        () => write(name, bytes),
        () => write(name, bytes.subarray(0, bytes.length >> 1)),
      ),
    rename: (from, to) =>
      step(() => {
        const inode = live.get(from);
        if (inode === undefined) throw inputError('state-unwritable', `there is no ${from}.`);
        live.delete(from);
        live.set(to, inode);
        later(to, () => {
          disk.delete(from);
          disk.set(to, inode);
        });
      }, nothing),
    remove: (name) => {
      if (!live.has(name)) return;
      step(() => {
        live.delete(name);
        later(name, () => disk.delete(name));
      }, nothing);
    },
    syncFolder: (folder) =>
      step(() => {
        for (const { apply } of unsynced.filter((one) => one.folder === folder)) apply();
        unsynced = unsynced.filter((one) => one.folder !== folder);
      }, nothing),
    makeFolder: nothing,
    steps: () => count,
    cutAt: (at, how) => {
      cut = { at, how };
    },
    losePower: (kept) => {
      for (const { apply } of unsynced.slice(0, kept)) apply();
      unsynced = [];
      live = new Map([...disk].map(([name, inode]) => [name, inode]));
      dead = false;
      cut = null;
    },
    reopened: () => {
      dead = false;
      cut = null;
    },
    copy: () => memoryState(live),
    names: () => [...live.keys()].sort(),
    overwrite: (name, bytes) => {
      live.set(name, { bytes });
    },
  };
}

function folderOf(name: string): string {
  return name.includes('/') ? name.slice(0, name.lastIndexOf('/')) : '';
}
