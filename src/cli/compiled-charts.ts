import type { CompiledTemplates } from '../domain/control-plane/charts.ts';

/** Templates compiled at build time: none when the sources run as they are. The bundle has this file replaced (tools/build/compiled-charts.ts). */
export const COMPILED_TEMPLATES: CompiledTemplates = new Map();
