/*
 * TLS in the words of Envoy. Control planes of old name cipher suites and curves as Go does; a proxy that meets such a name takes none of them, or
 * refuses the whole listener. Source: Istio 1.31, pkg/config/security, `ValidCipherSuites` and `ValidECDHCurves`; Go, crypto/tls.
 */

const GO_SUITES: ReadonlyMap<string, string> = new Map([
  ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256'], ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'ECDHE-ECDSA-AES256-GCM-SHA384'], ['TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
  ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305', 'ECDHE-ECDSA-CHACHA20-POLY1305'], ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305'], ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA', 'ECDHE-ECDSA-AES128-SHA'], ['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA', 'ECDHE-RSA-AES128-SHA'],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA', 'ECDHE-ECDSA-AES256-SHA'], ['TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA', 'ECDHE-RSA-AES256-SHA'],
  ['TLS_RSA_WITH_AES_128_GCM_SHA256', 'AES128-GCM-SHA256'], ['TLS_RSA_WITH_AES_256_GCM_SHA384', 'AES256-GCM-SHA384'],
  ['TLS_RSA_WITH_AES_128_CBC_SHA', 'AES128-SHA'], ['TLS_RSA_WITH_AES_256_CBC_SHA', 'AES256-SHA'], ['TLS_RSA_WITH_3DES_EDE_CBC_SHA', 'DES-CBC3-SHA'],
]);

const GO_CURVES: ReadonlyMap<string, string> = new Map([['CurveP256', 'P-256'], ['CurveP384', 'P-384'], ['CurveP521', 'P-521'], ['CurveX25519', 'X25519']]);

const VERSIONS: ReadonlyMap<string, string> = new Map([['TLS_AUTO', 'TLS_AUTO'], ['TLSv1_2', 'TLSV1_2'], ['TLSv1_3', 'TLSV1_3']]);

/** Cipher suites that a control plane may name. */
export const CIPHER_SUITES: readonly string[] = [...new Set(GO_SUITES.values()), ...GO_SUITES.keys()];

/** Curves that a control plane may name. */
export const ECDH_CURVES: readonly string[] = ['P-224', 'P-256', 'P-384', 'P-521', 'X25519', 'X25519Kyber768Draft00', 'X25519MLKEM768', ...GO_CURVES.keys()];

function renamed(names: readonly string[] | undefined, table: ReadonlyMap<string, string>): string[] {
  return [...new Set((names ?? []).map((name) => table.get(name) ?? name))];
}

/** The suites by Envoy's names, each once. */
export function envoySuites(names: readonly string[] | undefined): string[] {
  return renamed(names, GO_SUITES);
}

/** The curves by Envoy's names, each once. */
export function envoyCurves(names: readonly string[] | undefined): string[] {
  return renamed(names, GO_CURVES);
}

/** A lowest version in the words of MeshConfig; undefined for one that Istio does not have: it never speaks less than 1.2. */
export function lowestTlsVersion(version: string | undefined): string | undefined {
  return version === undefined ? undefined : VERSIONS.get(version);
}
