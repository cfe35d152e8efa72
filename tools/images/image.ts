/** Something inside an image, at an absolute path. Folders above it come by themselves. */
export type ImageFile =
  | { readonly target: string; readonly source: string; readonly mode?: number }
  | { readonly target: string; readonly text: string; readonly mode?: number }
  | { readonly target: string; readonly link: string }
  | { readonly target: string; readonly folder: true; readonly mode?: number };

/** What an image says about the process it starts; names and meaning as in the OCI image configuration. */
export interface ImageConfig {
  readonly entrypoint: readonly string[];
  readonly cmd?: readonly string[];
  /** `uid:gid`. */
  readonly user: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly workingDir?: string;
}

/** An image of one layer. */
export interface Image {
  /** `registry/name:tag`, as pods name it. */
  readonly reference: string;
  /** Of the processor, as `process.arch` names it; default: this machine's. */
  readonly arch?: string;
  readonly config: ImageConfig;
  readonly files: readonly ImageFile[];
}
