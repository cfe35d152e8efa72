import type { Obstacle } from '../member-roll/obstacles.ts';

/** The links between a namespace and traffic in its mesh, in their order: a link can hold only if those before it do. */
export const LINKS = ['exists', 'claimed', 'permitted', 'control plane', 'label', 'webhook', 'root certificate', 'policies', 'pods', 'routes'] as const;
export type LinkName = (typeof LINKS)[number];

/**
 * One link.
 * - `holds`; - `broken`: something must be done; - `note`: it holds, and there is something to know;
 * - `unknown`: it could not be looked at; - `untold`: a link before it is broken, so it says nothing.
 */
export interface Link {
  readonly link: LinkName;
  readonly state: 'holds' | 'broken' | 'note' | 'unknown' | 'untold';
  readonly message: string;
  readonly reason?: string;
  /** What mends it. */
  readonly command?: string;
}

/** A judgement over one link, before it has its name. */
export type Verdict = Omit<Link, 'link'>;

export const holds = (message: string): Verdict => ({ state: 'holds', message });
export const broken = ({ reason, message, command }: Obstacle): Verdict => ({ state: 'broken', reason, message, ...(command === undefined ? {} : { command }) });
export const note = ({ reason, message, command }: Obstacle): Verdict => ({ state: 'note', reason, message, ...(command === undefined ? {} : { command }) });
export const unknown = (message: string): Verdict => ({ state: 'unknown', message });
