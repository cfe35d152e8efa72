import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LIBRARY_FOLDERS, type PackageFolders } from '../cluster/node/debian-packages.ts';
import type { ImageFile } from './image.ts';

/** A processor, and where the programs of its images look for what they load. */
export interface Platform {
  /** As `process.arch` names it. */
  readonly arch: 'x64' | 'arm64';
  /** Shared libraries: the loader looks here first. */
  readonly libraries: string;
  readonly loader: string;
  /** Where programs name the loader. */
  readonly loaderFolder: string;
}

export const X64: Platform = { arch: 'x64', libraries: '/lib/x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2', loaderFolder: '/lib64' };
export const ARM64: Platform = { arch: 'arm64', libraries: '/lib/aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1', loaderFolder: '/lib' };

const HOLDERS: readonly (keyof PackageFolders)[] = [
  'libc6', 'libgcc-s1', 'libstdc++6', 'libip4tc2', 'libip6tc2', 'libmnl0', 'libnetfilter-conntrack3', 'libnfnetlink0', 'libnftnl11', 'libxtables12',
];

/** What programs of C need besides the loader: `ldd` says the same of node, envoy and iptables. */
const C_LIBRARIES = ['libc.so.6', 'libdl.so.2', 'libm.so.6', 'libpthread.so.0'];

export const NODE_LIBRARIES: readonly string[] = [...C_LIBRARIES, 'libstdc++.so.6', 'libgcc_s.so.1'];
export const ENVOY_LIBRARIES: readonly string[] = [...C_LIBRARIES, 'librt.so.1'];
export const IPTABLES_LIBRARIES: readonly string[] = [
  'libip4tc.so.2', 'libip6tc.so.2', 'libmnl.so.0', 'libnetfilter_conntrack.so.3', 'libnfnetlink.so.0', 'libnftnl.so.11', 'libxtables.so.12',
];

function find(name: string, folders: readonly string[]): string {
  const found = folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
  if (found === undefined) throw new Error(`none of the Debian packages holds ${name}`);
  return found;
}

/** The folders with shared libraries of unpacked packages. */
function x64Folders(packages: PackageFolders): readonly string[] {
  return HOLDERS.flatMap((holder) => LIBRARY_FOLDERS.map((folder) => join(packages[holder], folder)));
}

/** Shared libraries out of some folders at the place where a platform's loader looks first. */
export function librariesFor(platform: Platform, names: readonly string[], folders: readonly string[]): readonly ImageFile[] {
  return names.map((name): ImageFile => ({ target: `${platform.libraries}/${name}`, source: find(name, folders), mode: 0o755 }));
}

/** A platform's loader out of some folders, at the path that programs name and beside the libraries. */
export function loaderFor(platform: Platform, folders: readonly string[]): readonly ImageFile[] {
  const { libraries, loader, loaderFolder } = platform;
  return [...librariesFor(platform, [loader], folders), { target: `${loaderFolder}/${loader}`, link: `${libraries}/${loader}` }];
}

/** The given shared libraries out of the unpacked packages, and the loader. */
export function libraryFiles(names: readonly string[], packages: PackageFolders): readonly ImageFile[] {
  const folders = x64Folders(packages);
  return [...librariesFor(X64, names, folders), ...loaderFor(X64, folders)];
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
    ...librariesFor(X64, IPTABLES_LIBRARIES, x64Folders(packages)),
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
