import { choice, flag, section, text, texts } from '../schema/fields.ts';
import { duration } from '../schema/scalars.ts';

const istiodAuthority = section('istiod signs.', {
  type: choice('Where the signing key comes from.', ['SelfSigned', 'PrivateKey']),
  selfSigned: section('A key that istiod makes.', {
    ttl: duration('Life of the root certificate.'),
    gracePeriod: text('Share of its life in which the root is replaced, for example 20%.'),
    checkPeriod: duration('How often that is checked.'),
    enableJitter: flag('Spread the checks.'),
  }),
  privateKey: section('A key from the Secret cacerts.', { rootCADir: text('Directory it is mounted at. Default: /etc/cacerts.') }),
  workloadCertTTLDefault: duration('Life of workload certificates. Default: 24h.'),
  workloadCertTTLMax: duration('Longest life a workload may ask for.'),
});

/** `spec.security`. */
export const security = section('Encryption, identity and certificates.', {
  dataPlane: section('Between workloads.', {
    mtls: flag('Demand mutual TLS in the whole mesh (PeerAuthentication STRICT). Default: false.'),
    automtls: flag('Use mutual TLS wherever both sides can. Default: true.'),
  }),
  controlPlane: section('Between proxies and istiod.', {
    mtls: flag('Mutual TLS to the control plane (old versions; always on today).'),
    certProvider: choice('Who signs the certificate of istiod. Default: Istiod.', ['Istiod', 'Kubernetes', 'Custom']),
    tls: section('TLS settings of the control plane.', {
      cipherSuites: texts('Cipher suites by name.'),
      ecdhCurves: texts('Curves by name.'),
      minProtocolVersion: text('Lowest TLS version, for example TLSv1_2.'),
      maxProtocolVersion: text('Highest TLS version, for example TLSv1_3.'),
    }),
  }),
  trust: section('Trust domain.', { domain: text('Trust domain of the mesh. Default: cluster.local.'), additionalDomains: texts('Trust domains that count as the same.') }),
  certificateAuthority: section('Who signs workload certificates.', {
    type: choice('Default: Istiod.', ['Istiod', 'Custom', 'cert-manager']),
    istiod: istiodAuthority,
    custom: section('Another authority.', { address: text('Its address.') }),
    'cert-manager': section('cert-manager with istio-csr.', {
      address: text('Address of istio-csr.'),
      pilotSecretName: text('Secret with the certificate of istiod.'),
      rootCAConfigMapName: text('ConfigMap with the root. Default: istio-ca-root-cert.'),
    }),
  }),
  identity: section('Service account tokens.', {
    type: choice('Kubernetes: first-party tokens. ThirdParty: projected tokens.', ['Kubernetes', 'ThirdParty']),
    thirdParty: section('Projected tokens.', { issuer: text('Issuer.'), audience: text('Audience. Default: istio-ca.') }),
  }),
  manageNetworkPolicy: flag('Create NetworkPolicies for the mesh. Default: true.'),
  jwksResolverCA: text('Further root certificate (PEM) for fetching JSON web keys.'),
});
