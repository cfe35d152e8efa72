import * as z from 'zod';

/*
 * Words that Kubernetes and the network have a grammar for. A schema of src/api says which type a field has; what is here says which values of it
 * the API server or a proxy would refuse later, far from the field. Sources: Kubernetes docs "Object Names and IDs", "Labels and Selectors",
 * "Annotations"; IANA service names (RFC 6335).
 */

function matching(pattern: RegExp, sentence: string): z.ZodString {
  return z.string().regex(pattern, sentence);
}

/** Name of a namespace or a volume, 63 characters at most. */
export const dnsLabel = matching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be made of lower-case letters, digits and "-", with a letter or digit at both ends, 63 at most');

/** Name of an object that a Service is called after, with room for a suffix. */
export const serviceName = matching(/^[a-z]([-a-z0-9]{0,46}[a-z0-9])?$/, 'must be made of lower-case letters, digits and "-", start with a letter and end with a letter or digit, 48 at most: a Service is named after it');

/** Name of any other object. */
export const objectName = matching(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/, 'must be the name of an object: lower-case letters, digits, "-" and "."')
  .max(253);

/** Key of a ConfigMap or Secret. */
export const dataKey = matching(/^[-._a-zA-Z0-9]{1,253}$/, 'must be a key of a Secret or ConfigMap: letters, digits, "-", "_" and "."');

const NAME_PART = '[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?';
const PREFIX_PART = '([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?';

/** Key of a label. */
export const labelKey = matching(new RegExp(`^${PREFIX_PART}${NAME_PART}$`), 'must be a label: letters, digits, "-", "_" and ".", 63 at most, with a domain and "/" before them if need be').max(317);

/** Protocol of a port, by a name of IANA or one with a domain. */
export const appProtocol = matching(new RegExp(`^${PREFIX_PART}${NAME_PART}$`), 'must be the name of a protocol, for example http, or one with a domain and "/" before it').max(317);

/** Value of a label. */
export const labelValue = matching(new RegExp(`^(${NAME_PART})?$`), 'must be a label value: letters, digits, "-", "_" and ".", with a letter or digit at both ends, 63 at most');

const annotationKey = matching(new RegExp(`^${PREFIX_PART}${NAME_PART}$`, 'i'), 'must be an annotation: letters, digits, "-", "_" and ".", 63 at most, with a domain and "/" before them if need be').max(317);

/** A map of labels. */
export const labels = z.record(labelKey, labelValue);

/** A map of annotations; 256 KiB is the limit of the API server. */
export const annotations = z.record(annotationKey, z.string())
  .refine((map) => Object.entries(map).join('').length < 262_144, 'must not have more than 256 KiB of annotations');

/** Name of an environment variable. */
export const environmentName = matching(/^[-._a-zA-Z][-._a-zA-Z0-9]*$/, 'must be the name of an environment variable: letters, digits, "_", "-" and ".", not starting with a digit').max(253);

/** Names of environment variables, with their values. No value of one can have a zero byte in it. */
export const environment = z.record(environmentName, matching(/^[^\0]*$/, 'must not have a zero byte in it'));

/** A port. */
export const port = z.int().min(1).max(65_535);

/** A port, or 0 for none. */
export const portOrZero = z.int().min(0).max(65_535);

/** A port in quotes, or `*` for all. */
export const portOrStar = z.string().refine((text) => text === '*' || port.safeParse(/^\d+$/.test(text) ? Number(text) : undefined).success, 'must be "*" or a port from 1 to 65535');

/** A number of the port of a pod, or its name. */
export const targetPort = z.union([z.int(), z.string()]).refine(
  (value) => typeof value === 'number' ? port.safeParse(value).success : (/^(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$/.test(value) && value.length <= 15),
  'must be a port from 1 to 65535 without quotes, or the name of one: lower-case letters, digits and "-", 15 at most',
);

/** A whole number, or a percentage. */
export const countOrPercent = z.union([z.int(), z.string()]).refine(
  (value) => (typeof value === 'number' ? value >= 0 : /^(\d{1,2}|100)%$/.test(value)), 'must be a whole number from 0 on, or a percentage such as 25%',
);

const V4 = z.ipv4();
const V6 = z.ipv6();

/** 4 or 6 for an address; 0 for what is none. */
function familyOf(text: string): 0 | 4 | 6 {
  if (V4.safeParse(text).success) return 4;
  return V6.safeParse(text).success ? 6 : 0;
}

/** An address of a host, IPv4 or IPv6. */
export const ipAddress = z.string().refine((text) => familyOf(text) !== 0 && !text.includes('%'), 'must be an IP address, for example 10.0.0.1 or 2001:db8::1');

function isRange(text: string): boolean {
  const [address = '', bits = '', ...more] = text.split('/');
  const family = familyOf(address);
  return family !== 0 && more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128) && !address.includes('%');
}

/** A range of addresses. */
export const addressRange = z.string().refine(isRange, 'must be an address range, for example 10.0.0.0/16 or 2001:db8::/32');

/** A range of addresses, or `*` for all. */
export const addressRangeOrStar = z.string().refine((text) => text === '*' || isRange(text), 'must be "*" or an address range, for example 10.0.0.0/16');

const HOST = /^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*\.?$/i;

function isHost(text: string): boolean {
  return text.length <= 253 && (HOST.test(text) || familyOf(text.replace(/^\[(.*)\]$/, '$1')) !== 0);
}

/** Name of a host, without port and without `*`. */
export const hostName = z.string().refine((text) => text.length <= 253 && HOST.test(text) && text === text.toLowerCase() && !text.endsWith('.'), 'must be a host name in lower case, for example mesh.example.com');

/** A DNS domain, as trust domains and cluster domains are written. */
export const domain = z.string().refine((text) => text.length <= 253 && HOST.test(text), 'must be a domain, for example cluster.local');

/** Name of a host, or an address. */
export const host = z.string().refine(isHost, 'must be a host name or an IP address');

/** `host:port`. */
export const hostAndPort = z.string().refine((text) => {
  const [, name = '', number = ''] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  return isHost(name) && port.safeParse(Number(number)).success;
}, 'must be host:port, for example collector.tracing.svc:9090');

/** An address of HTTP. */
export const webAddress = z.string().refine((text) => /^https?:\/\/[^\s"'{}\\^`<>]+$/i.test(text) && URL.canParse(text), 'must be an address that starts with http:// or https://');

/** Path in a container. */
export const mountPath = matching(/^\/[^:\0]*$/, 'must be a path that starts with "/" and has no ":" in it');

/** A word that stands between commas or on a command line. */
export const word = matching(/^[-\w./]+$/, 'must be a word of letters, digits, "-", "_", "." and "/"');

/** Registry and path of images, or the name of one. */
export const imagePath = matching(/^([a-zA-Z0-9][-a-zA-Z0-9.]*(:\d+)?\/)?[a-z0-9]+([._/-]+[a-z0-9]+)*$|^[a-zA-Z0-9][-a-zA-Z0-9.]*:\d+$|^$/, 'must be the name of an image or the path to one, for example quay.io/istio').max(255);

/** Tag of an image, or its digest. */
export const imageTag = matching(/^(\w[-\w.]{0,127}|sha256:[a-f0-9]{64})$/, 'must be a tag, for example 1.31.1, or a digest that starts with sha256:');
