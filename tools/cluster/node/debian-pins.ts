/** A Debian 12 package: which one, and the SHA-256 of its .deb, for amd64 or for all processors. */
export interface Pin {
  readonly version: string;
  readonly sha256: string;
}

/** Of a node and its router. */
export const NODE_PINS = {
  catatonit: { version: '0.1.7-1+b2', sha256: '3ee3137f8499a0b9a77172f57acf73f6da5bd1efd477fb307bb96399b338fc64' },
  containerd: { version: '1.6.20~ds1-1+deb12u3', sha256: '8669d264eeb0fcdb4a0b1ba436ab88ec5dafde4a66e1278ec279d830db4c2216' },
  'containernetworking-plugins': { version: '1.1.1+ds1-3+b5', sha256: '4cac8143474d1249b19f7b0e80b8d0daaa6dfdaa8bd514bc468d38d4a108099f' },
  haproxy: { version: '2.6.12-1+deb12u4', sha256: '97ca097d12b43fc5cb1b17aa5e84957735ef312a2e02cf8a99512fa1abe8a955' },
  iptables: { version: '1.8.9-2', sha256: '2928d3ca6ca8a3dc3f423f6752822b1f3614a5ba609ff7806bcba4449ffe90e1' },
  libc6: { version: '2.36-9+deb12u14', sha256: 'ba4f88f73dbc3ae9055f3c20f4523bfdbaf1ad13ff95e258924f77d20b4fbedf' },
  'libgcc-s1': { version: '12.2.0-14+deb12u1', sha256: '3016e62cb4b7cd8038822870601f5ed131befe942774d0f745622cc77d8a88f7' },
  libip4tc2: { version: '1.8.9-2', sha256: 'f2c48b367f9ec13f9aa577e7ccf81b371ce5d5fe22dddf9d7aa99f1e0bb7cfc4' },
  libip6tc2: { version: '1.8.9-2', sha256: 'be88db3dfa2fe3345ea343207f7c75345602686121e579023d021c348b9b4f4d' },
  'liblua5.3-0': { version: '5.3.6-2', sha256: '576ad8ef2e9f6ad21f29f0c90dac17448deefee8f3912877c2a0911b77e5d3ca' },
  libmnl0: { version: '1.0.4-3', sha256: '4581f42e3373cb72f9ea4e88163b17873afca614a6c6f54637e95aa75983ea7c' },
  'libnetfilter-conntrack3': { version: '1.0.9-3', sha256: '65f1539238f60fcc85d115acd640474f45c77bfddcf402eb7d75965a783c2bc8' },
  libnfnetlink0: { version: '1.0.2-2', sha256: 'ae5cbba417ea48f34c1f72c27e8146a81f20614c1296bca2cd7234c8215fddcc' },
  libnftnl11: { version: '1.2.4-2', sha256: '9e619e1470a1915264e906020f3bfc046fd8458043b1342686d997b5078213af' },
  'libopentracing-c-wrapper0': { version: '1.1.3-3+b1', sha256: '68013bf6296a776923622c871bed26bc7b6bfe5f84b0fa2707a06382d1db2692' },
  libopentracing1: { version: '1.6.0-4', sha256: 'af62b62a99979253a79e3443f7dabe13f1f33bc2fc024f99039e3868a67f26f4' },
  libseccomp2: { version: '2.5.4-1+deb12u1', sha256: '108fe67957ca7cf9ba51d801118a1b37d404bea7b6e365025cd00779e9eca38d' },
  'libstdc++6': { version: '12.2.0-14+deb12u1', sha256: '5cd3171216d4ab0fc911cfe9c35509bf2dd8f47761c43b7f6a4296701551a24d' },
  libxtables12: { version: '1.8.9-2', sha256: 'cb841d66950a43af4a398625313d2f3da9065299c9738538de6c2c3495857040' },
  runc: { version: '1.1.5+ds1-1+deb12u1', sha256: 'a00351f8c0318de0b424ecf5cd0fdb69880a89f3511cae4f6fff7de3e57881c5' },
} as const satisfies Readonly<Record<string, Pin>>;

/** What lets an image for arm64 be made, and its programs be run, on amd64: libraries from Debian's cross compilers, and an emulator. */
export const ARM64_PINS = {
  'libc6-arm64-cross': { version: '2.36-8cross1', sha256: '91936cbbee75771c360ed16513f6e734a25ca5517fe7c3e13dfd7835d7553186' },
  'libgcc-s1-arm64-cross': { version: '12.2.0-14cross1', sha256: 'af1e686fc6a416228222e7bfb68317dd2fa2685236301ae29141fc6108a66cac' },
  'libstdc++6-arm64-cross': { version: '12.2.0-14cross1', sha256: '9cba984b64d0cf11698978fc5e0fe93c7441d29b9f42f70f1c6c734cc9e2ea41' },
  'qemu-user-static': { version: '1:7.2+dfsg-7+deb12u18+b3', sha256: 'c3e3ba2bd87f8c5b9a5da5ef21b5a3b82d7c63b89dd448d9ddaa4eabc5b6e402' },
} as const satisfies Readonly<Record<string, Pin>>;
