import type { KubeObject } from '../k8s/object.ts';
import type { ResourceType } from '../k8s/resource.ts';
import { isJsonObject, valueAt, type JsonObject } from '../lib/json.ts';
import { isPatched } from './apply.ts';
import type { EventNote } from './condition-events.ts';
import { DriftFuse } from './drift-fuse.ts';
import { driftOf, type Drift } from './drift.ts';
import type { Metrics } from './metrics.ts';
import { rewrittenField } from './rewritten-field.ts';
import { RewriteHolds } from './rewrite-holds.ts';

/** Reason of a step's failure when a field of it does not stay as we write it. */
export const FIELD_CONFLICT = 'FieldConflict';

/**
 * A field that does not stay as we write it.
 * `isWritten`: all else of the object is as wanted, and what comes after it need not wait; otherwise nothing was sent.
 */
export class FieldConflict extends Error {
  readonly afterMs: number;
  readonly isWritten: boolean;

  constructor(message: string, afterMs: number, isWritten = false) {
    super(message);
    this.afterMs = afterMs;
    this.isWritten = isWritten;
  }
}

/** Takes what is to be said about an object: that it was put right, and who had changed it. */
export type OnRepair = (object: KubeObject, note: EventNote) => void;

/** Names the mutating webhooks that are asked about writes of an object, as `configuration/webhook`; empty when none is found. */
export type FindWebhooks = (type: ResourceType, object: KubeObject) => Promise<readonly string[]>;

/** A write that is about to be sent, or was. `payload`: a fingerprint of what is wanted. */
export type Writing = { readonly type: ResourceType; readonly payload: string } & (
  | { readonly isPatch: false; readonly wanted: KubeObject; readonly isExplicit: boolean }
  | { readonly isPatch: true; readonly wanted: JsonObject });

/** What FieldConflicts is made with. */
export interface FieldConflictOptions {
  readonly manager: string;
  readonly metrics: Metrics;
  readonly onRepair: OnRepair;
  readonly findWebhooks: FindWebhooks;
  readonly nowMs: () => number;
}

const AGAIN = 'It is tried again, after ten minutes at the latest';

/**
 * What others do to fields of ours, and when to give way (docs/adr/0021): a writer who changes them after us, by a fuse; a webhook that changes
 * them in our own request, at once, because the same request would end the same way.
 */
export class FieldConflicts {
  readonly #options: FieldConflictOptions;
  readonly #fuse = new DriftFuse();
  readonly #holds = new RewriteHolds();

  constructor(options: FieldConflictOptions) {
    this.#options = options;
  }

  /** Fields that are left alone now. */
  openCount(): number {
    const nowMs = this.#options.nowMs();
    return this.#fuse.openCount(nowMs) + this.#holds.openCount(nowMs);
  }

  /** Before a write: who changed what is about to be written. Throws FieldConflict when it is to be left alone for now. */
  judge({ type, wanted, payload, isPatch }: Writing, live: KubeObject | undefined): Drift | undefined {
    if (live === undefined) return undefined;
    const { manager, onRepair, nowMs } = this.#options;
    const held = this.#holds.open(idOf(type, live), payload, nowMs());
    if (held !== undefined) throw new FieldConflict(held.message, held.afterMs, true);
    const drift = driftOf(wanted, live, manager, isPatch);
    if (drift === undefined) return undefined;
    const verdict = this.#fuse.judge(idOf(type, live), drift, nowMs());
    if (verdict.next === 'repair') return drift;
    const message = `${drift.field} of ${shown(type, live)} is changed by "${drift.manager}" as often as it is put right; stop that writer, or let it leave this field alone. ${AGAIN}`;
    if (verdict.isNews) onRepair(live, { type: 'Warning', reason: FIELD_CONFLICT, message });
    throw new FieldConflict(message, verdict.afterMs);
  }

  /** After a write: an Event for what was put right. */
  tellRepair(type: ResourceType, object: KubeObject, drift: Drift | undefined): void {
    if (drift === undefined) return;
    this.#options.metrics.driftRepairs.inc({ kind: type.kind, manager: drift.manager });
    this.#options.onRepair(object, { type: 'Normal', reason: 'Repaired', message: `${drift.field} was changed by "${drift.manager}" and is put right` });
  }

  /**
   * After a write: compares the server's answer with what was sent; of a patch only metadata, more does not come back.
   * Throws FieldConflict when a field of ours came back otherwise.
   */
  async verify(writing: Writing, answer: KubeObject): Promise<void> {
    const id = idOf(writing.type, answer);
    const field = writing.isPatch ? unkeptMetadata(writing.wanted, answer) : rewrittenField(writing.wanted, answer, this.#options.manager, writing.isExplicit);
    if (field === undefined) this.#holds.forget(id);
    else await this.#giveWay(id, field, { writing, answer });
  }

  async #giveWay(id: string, field: string, { writing: { type, payload }, answer }: { readonly writing: Writing; readonly answer: KubeObject }): Promise<never> {
    const known = this.#holds.messageOf(id, field);
    const message = known ?? `${field} of ${shown(type, answer)} comes back from the API server with another value than was sent: ${culprit(await this.#options.findWebhooks(type, answer))}. ${AGAIN}`;
    const afterMs = this.#holds.hold(id, { field, message, payload }, this.#options.nowMs());
    if (known === undefined) this.#options.onRepair(answer, { type: 'Warning', reason: FIELD_CONFLICT, message });
    throw new FieldConflict(message, afterMs, true);
  }
}

/** Of a merge patch, the first label or annotation that is not as patched. */
function unkeptMetadata(patch: JsonObject, { metadata }: KubeObject): string | undefined {
  for (const [part, held] of [['labels', metadata.labels], ['annotations', metadata.annotations]] as const) {
    const wanted = valueAt(patch, 'metadata', part);
    const name = isJsonObject(wanted) ? Object.keys(wanted).find((key) => !isPatched(held ?? {}, { [key]: patchValue(wanted[key]) })) : undefined;
    if (name !== undefined) return `metadata.${part}.${name}`;
  }
  return undefined;
}

function patchValue(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function culprit(webhooks: readonly string[]): string {
  const named = webhooks.map((name) => `"${name}"`);
  const way = 'exempt the object there (namespaceSelector, objectSelector), or let it leave this field alone';
  if (named.length === 0) return `a mutating webhook or admission policy changes it; ${way}`;
  const [first] = named;
  return named.length === 1 ? `mutating webhook ${first} changes it; ${way}` : `a mutating webhook changes it, one of ${named.join(', ')}; ${way}`;
}

function idOf({ plural }: ResourceType, { metadata: { uid = '' } }: KubeObject): string {
  return `${plural} ${uid}`;
}

function shown({ kind }: ResourceType, { metadata: { namespace, name } }: KubeObject): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}
