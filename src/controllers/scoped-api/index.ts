import { SCOPED_API_AUTHORITY, SCOPED_API_COMPONENT, LABEL_COMPONENT } from '../../api/names.ts';
import type { Charts } from '../../domain/control-plane/charts.ts';
import type { OperatorFacts } from '../../domain/control-plane/facts.ts';
import { scopedApiAuthorityOf } from '../../domain/control-plane/observed.ts';
import { SCOPED_API_CONTROLLER, type ScopedApiObserved } from '../../domain/scoped-api/observed.ts';
import { planScopedApi } from '../../domain/scoped-api/plan.ts';
import { labelOf, type KubeObject } from '../../k8s/object.ts';
import type { Controller, Reader, Source, Watch } from '../../runtime/controller.ts';
import { changesIn } from '../relevance.ts';
import * as sources from '../sources.ts';

/** There is one key: the cluster. */
export const SCOPED_API_KEY = 'cluster';

/** Caches of every kind that it consists of. */
const PARTS: readonly Source[] = [
  sources.MANAGED_DEPLOYMENTS, sources.MANAGED_SERVICES, sources.MANAGED_SERVICE_ACCOUNTS, sources.MANAGED_CONFIG_MAPS, sources.MANAGED_CLUSTER_ROLE_BINDINGS,
  sources.MANAGED_NETWORK_POLICIES, sources.MANAGED_PDBS,
];

const isPart = (object: KubeObject): boolean => labelOf(object, LABEL_COMPONENT) === SCOPED_API_COMPONENT;
/** Whether it is there; what is in its spec is its own business. */
const existence = (smcp: KubeObject): unknown => smcp.metadata.uid;
const written = ({ status: _status, metadata, ...object }: KubeObject): unknown => [metadata.uid, metadata.labels, metadata.deletionTimestamp, object];

const WATCHES: readonly Watch[] = [
  { source: sources.CONTROL_PLANES, isRelevant: changesIn(existence), toKeys: () => [SCOPED_API_KEY] },
  ...PARTS.map((source): Watch => ({ source, isRelevant: changesIn(written), toKeys: (object) => (isPart(object) ? [SCOPED_API_KEY] : []) })),
];

/** What the controller is given at start. */
export interface ScopedApiOptions {
  readonly facts: OperatorFacts;
  readonly charts: Charts;
  /** The authority of its certificate, PEM, at this moment; undefined for who does not keep it (`tmesh diff`): then what is published counts. */
  readonly authority: () => string | undefined;
}

function observe(read: Reader, { facts, authority }: ScopedApiOptions): ScopedApiObserved {
  const published = read.get(sources.MANAGED_CONFIG_MAPS, SCOPED_API_AUTHORITY, facts.operatorNamespace);
  return {
    facts, controlPlanes: read.list(sources.CONTROL_PLANES), labelled: PARTS.flatMap((source) => read.list(source)).filter(isPart),
    authorityPem: authority() ?? scopedApiAuthorityOf(published === undefined ? {} : { scopedApiAuthority: published }),
  };
}

/** Keeps the scoped API that all istiods read the cluster through. */
export function scopedApiController(options: ScopedApiOptions): Controller<ScopedApiObserved> {
  return {
    name: SCOPED_API_CONTROLLER,
    watches: WATCHES,
    workers: 1,
    observe: (_key, read) => observe(read, options),
    plan: (observed) => planScopedApi(observed, options.charts),
    status: () => [],
  };
}
