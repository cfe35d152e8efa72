import { ISTIOD_KUBECONFIG } from '../../../api/names.ts';
import { fingerprint } from '../../../lib/hash.ts';
import { scopedApiHost } from '../../scoped-api/observed.ts';
import type { ValuesInput } from './input.ts';

/** How istiod reaches the API server through the scoped API. */
export interface KubeconfigValues {
  readonly configMap: string;
  /** A kubeconfig, as JSON, which is YAML. It names files; no credential is in it. */
  readonly text: string;
  /** istiod reads it at start: another one is another pod. */
  readonly hash: string;
}

/** Where a pod has the token of its account (Kubernetes doc "Accessing the API from a Pod"); client-go reads it again when it was renewed. */
const TOKEN_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * istiod's kubeconfig; false in soft isolation, where istiod talks to the API server itself, and while the authority is not known.
 * Source: spec/istio-upstream.md 3.5 (b): istiod takes `/var/run/secrets/remote/config` for its own cluster and trusts it.
 */
export function kubeconfigValues({ facts, scopedApiAuthority }: Pick<ValuesInput, 'facts' | 'scopedApiAuthority'>): KubeconfigValues | false {
  if (facts.isolation === 'soft' || scopedApiAuthority === '') return false;
  const text = JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'mesh',
    clusters: [{ name: 'mesh', cluster: { server: `https://${scopedApiHost(facts.operatorNamespace)}`, 'certificate-authority-data': base64(scopedApiAuthority) } }],
    users: [{ name: 'istiod', user: { tokenFile: TOKEN_FILE } }],
    contexts: [{ name: 'mesh', context: { cluster: 'mesh', user: 'istiod' } }],
  }, undefined, 2);
  return { configMap: ISTIOD_KUBECONFIG, text, hash: fingerprint(text) };
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
