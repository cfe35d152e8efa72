import type { Claim, Queue } from './queue.ts';

/**
 * Runs `count` workers on a queue until it is closed. Resolves when all have ended, each after the key it had.
 * A worker outlives whatever `work` throws: the error is reported and the key given back.
 */
export async function runWorkers(queue: Queue, count: number, work: (claim: Claim) => Promise<void>, report: (error: unknown, claim: Claim) => void): Promise<void> {
  const worker = async (): Promise<void> => {
    for (let claim = await queue.next(); claim !== undefined; claim = await queue.next()) {
      try {
        await work(claim);
      } catch (error) {
        report(error, claim);
      } finally {
        queue.done(claim.key);
      }
    }
  };
  await Promise.all(Array.from({ length: count }, worker));
}
