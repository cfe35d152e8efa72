import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ingressPeer, peerText, type IngressFacts } from '../../../../src/domain/control-plane/ingress-peer.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';

const ingressClass = (controller: string, release?: string): KubeObject => ({
  apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', spec: { controller },
  metadata: { name: 'c', ...(release === undefined ? {} : { annotations: { 'meta.helm.sh/release-namespace': release } }) },
});
const NGINX = ingressClass('k8s.io/ingress-nginx');
const edge = { namespaceSelector: { matchLabels: { role: 'edge' } } };
const LABEL = 'network.openshift.io/policy-group=ingress';

const CASES: readonly (readonly [string, Partial<IngressFacts>, string])[] = [
  ['what the administrator said', { configured: edge, servesRoutes: true, ingressClasses: [NGINX] }, 'role=edge'],
  ["OpenShift's label on OpenShift", { servesRoutes: true, ingressClasses: [NGINX] }, LABEL],
  ['the same label elsewhere, where somebody put it', { isLabelled: true, ingressClasses: [NGINX] }, LABEL],
  ['the usual namespace of a controller', { ingressClasses: [NGINX] }, 'kubernetes.io/metadata.name in (ingress-nginx)'],
  ['the namespace that Helm notes, before the usual one; several, sorted', { ingressClasses: [ingressClass('k8s.io/ingress-nginx', 'web'), ingressClass('own.example/controller', 'edge'), NGINX] }, 'kubernetes.io/metadata.name in (edge,ingress-nginx,web)'],
  ['a controller that nobody knows', { ingressClasses: [ingressClass('own.example/controller')] }, LABEL],
  ['nothing at all', {}, LABEL],
];

for (const [what, facts, expected] of CASES) {
  test(`exposed pods are open to: ${what}`, () => { assert.equal(peerText(ingressPeer({ servesRoutes: false, isLabelled: false, ingressClasses: [], ...facts })), expected); });
}
