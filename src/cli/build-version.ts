/** Version of the operator; the bundler puts package.json's in. Run from source it is `0.0.0-dev`. */
export const OPERATOR_VERSION = process.env['TMESH_BUILD_VERSION'] ?? '0.0.0-dev';
