import { choice, flag, section, text } from '../schema/fields.ts';

/** `spec.policy`. Mixer ended with Istio 1.7: accepted, without effect. */
export const policy = section('Mixer policy of old versions; has no effect on the Istio versions this operator installs.', {
  type: choice('Who checks policies.', ['None', 'Mixer', 'Remote', 'Istiod']),
  mixer: section('Mixer in this mesh.', {
    enableChecks: flag('Check requests.'),
    failOpen: flag('Let requests through when Mixer cannot be reached.'),
    sessionAffinity: flag('Keep a client on one Mixer.'),
    adapters: section('Adapters.', { useAdapterCRDs: flag('Use the adapter CRDs.'), kubernetesenv: flag('Use the kubernetesenv adapter.') }),
  }),
  remote: section('Mixer somewhere else.', {
    address: text('Address of the remote Mixer.'),
    createService: flag('Create a Service for the address.'),
    enableChecks: flag('Check requests.'),
    failOpen: flag('Let requests through when Mixer cannot be reached.'),
  }),
});
