import type { Cluster } from '../cluster/cluster.ts';
import { StepFailed } from './screen.ts';

/** kubectl as the administrator. Gives what it prints on stdout; throws StepFailed with its own message for a non-zero exit. */
export type Kubectl = (...parameters: readonly string[]) => Promise<string>;

/** kubectl against one cluster; `input` goes to its standard input, for `-f -`. */
export function kubectlOf(cluster: Cluster, input = ''): Kubectl {
  return async (...parameters) => {
    const { code, stdout, stderr } = await cluster.kubectl(parameters, { input });
    if (code !== 0) throw new StepFailed(`kubectl ${parameters.join(' ')}: ${stderr.trim()}`);
    return stdout;
  };
}
