import { prepareMounts } from './mounts.ts';
import { prepareNetwork } from './network.ts';

/*
 * The host process of a cluster with a real node. It is started in a network and a mount namespace of its own, in which everything then
 * runs; with the last process the kernel takes both away, so that nothing is left behind however this ends.
 */
await prepareNetwork();
await prepareMounts();
await import('../host.ts');
