import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LIBRARY_FOLDERS, type DebianPackage, type PackageFolders } from '../cluster/node/debian-packages.ts';
import type { ImageFile } from './image.ts';

/** Where the images keep shared libraries: the loader looks here first. */
export const LIBRARY_TARGET = '/lib/x86_64-linux-gnu';

const HOLDERS: readonly DebianPackage[] = [
  'libc6', 'libgcc-s1', 'libstdc++6', 'libip4tc2', 'libip6tc2', 'libmnl0', 'libnetfilter-conntrack3', 'libnfnetlink0', 'libnftnl11', 'libxtables12',
];

/** What every program of C needs: `ldd` says the same of node, envoy and iptables. */
const C_LIBRARIES = ['ld-linux-x86-64.so.2', 'libc.so.6', 'libdl.so.2', 'libm.so.6', 'libpthread.so.0', 'librt.so.1'];

export const NODE_LIBRARIES: readonly string[] = [...C_LIBRARIES, 'libstdc++.so.6', 'libgcc_s.so.1'];
export const ENVOY_LIBRARIES: readonly string[] = C_LIBRARIES;
export const IPTABLES_LIBRARIES: readonly string[] = [
  'libip4tc.so.2', 'libip6tc.so.2', 'libmnl.so.0', 'libnetfilter_conntrack.so.3', 'libnfnetlink.so.0', 'libnftnl.so.11', 'libxtables.so.12',
];

function find(name: string, packages: PackageFolders): string {
  const candidates = HOLDERS.flatMap((holder) => LIBRARY_FOLDERS.map((folder) => join(packages[holder], folder, name)));
  const found = candidates.find((file) => existsSync(file));
  if (found === undefined) throw new Error(`none of the Debian packages holds ${name}`);
  return found;
}

/** The given shared libraries out of the unpacked packages, and the loader at the path that programs name. */
export function libraryFiles(names: readonly string[], packages: PackageFolders): readonly ImageFile[] {
  const loader = 'ld-linux-x86-64.so.2';
  return [
    ...names.map((name): ImageFile => ({ target: `${LIBRARY_TARGET}/${name}`, source: find(name, packages), mode: 0o755 })),
    { target: `/lib64/${loader}`, link: `${LIBRARY_TARGET}/${loader}` },
  ];
}

/** iptables in both of its makes under all the names that Istio's init container tries, with the modules it loads. */
export async function iptablesFiles(packages: PackageFolders): Promise<readonly ImageFile[]> {
  const programs = ['nft', 'legacy'].map((make): ImageFile => ({
    target: `/usr/sbin/xtables-${make}-multi`, source: join(packages.iptables, 'usr/sbin', `xtables-${make}-multi`), mode: 0o755,
  }));
  const modules = 'usr/lib/x86_64-linux-gnu/xtables';
  const files = (await readdir(join(packages.iptables, modules))).filter((name) => name.endsWith('.so'));
  return [
    ...programs,
    ...iptablesLinks().map(([name, target]): ImageFile => ({ target: `/usr/sbin/${name}`, link: target })),
    ...files.map((name): ImageFile => ({ target: `/${modules}/${name}`, source: join(packages.iptables, modules, name) })),
    ...libraryFiles(IPTABLES_LIBRARIES, packages).filter((file) => !file.target.startsWith('/lib64/')),
  ];
}

/** Names under which the two programs are called, and the program; the plain names mean nftables, as in Debian. */
export function iptablesLinks(): readonly (readonly [string, string])[] {
  return ['iptables', 'ip6tables'].flatMap((family) => ['', '-save', '-restore'].flatMap((verb): [string, string][] => [
    [`${family}${verb}`, 'xtables-nft-multi'],
    [`${family}-nft${verb}`, 'xtables-nft-multi'],
    [`${family}-legacy${verb}`, 'xtables-legacy-multi'],
  ]));
}
