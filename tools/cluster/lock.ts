import { randomUUID } from 'node:crypto';
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { identityOf, isRunning, type ProcessIdentity } from './process-identity.ts';

async function holderOf(file: string): Promise<ProcessIdentity | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}

/** Links are made or not, there is nothing between: of many that try, one gets the lock. */
async function tryTake(file: string): Promise<boolean> {
  const mine = `${file}.${randomUUID()}`;
  await writeFile(mine, JSON.stringify(identityOf(process.pid)));
  try {
    await link(mine, file);
    return true;
  } catch {
    return false;
  } finally {
    await unlink(mine);
  }
}

/** Removes the lock of a holder that was killed, unless somebody was quicker and the lock is a new one. */
async function removeStale(file: string): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch {
    return;
  }
  const holder = await holderOf(aside);
  if (holder !== undefined && isRunning(holder)) await link(aside, file).catch(() => undefined);
  await unlink(aside);
}

/**
 * Does something while no other process on this machine does it under the same lock file.
 * @param onWait called once, with the holder's pid, when the lock is held by another process
 */
export async function withLock<T>(file: string, onWait: (pid: number) => void, action: () => Promise<T>): Promise<T> {
  let isTold = false;
  while (!await tryTake(file)) {
    const holder = await holderOf(file);
    if (holder === undefined || !isRunning(holder)) {
      await removeStale(file);
      continue;
    }
    if (!isTold) onWait(holder.pid);
    isTold = true;
    await sleep(250);
  }
  try {
    return await action();
  } finally {
    await unlink(file).catch(() => undefined);
  }
}
