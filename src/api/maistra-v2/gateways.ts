import { celRules, flag, looseObject, map, section } from '../schema/fields.ts';
import { metadataConfig } from '../kubernetes/label-selector.ts';
import { clusterIngressShape, egressShape, ingressShape } from './gateway-config.ts';

/** Names of the two gateways every control plane has; no additional gateway may take them (spec/webhooks.md 3, rule 11). */
export const RESERVED_GATEWAY_NAMES = ['istio-ingressgateway', 'istio-egressgateway'] as const;

const namesAreFree = celRules({
  rule: RESERVED_GATEWAY_NAMES.map((name) => `!('${name}' in self)`).join(' && '),
  message: `${RESERVED_GATEWAY_NAMES.join(' and ')} are configured under gateways.ingress and gateways.egress; choose another name`,
});

/** `spec.gateways`. */
export const gateways = section('Gateways at the edge of the mesh.', {
  enabled: flag('Install gateways at all. Default: true.'),
  ingress: section('The gateway istio-ingressgateway.', clusterIngressShape),
  egress: section('The gateway istio-egressgateway.', egressShape),
  additionalIngress: map('More ingress gateways by name; installed when enabled is true.', looseObject(ingressShape), namesAreFree),
  additionalEgress: map('More egress gateways by name; installed when enabled is true.', looseObject(egressShape), namesAreFree),
  openshiftRoute: section('Routes made from Istio Gateways (IOR).', {
    enabled: flag('Make a Route for each host of each Gateway. Default: true.'),
    metadata: metadataConfig('Labels and annotations of all these Routes, for example the label of a router shard. Those of a gateway and of the Gateway itself go before.'),
  }),
});
