import { choice, flag, integer, section, text } from '../schema/fields.ts';

const batching = section('How reports are batched.', { maxEntries: integer('Entries per batch.'), maxTime: text('Time per batch, for example 1s.') });

/** `spec.telemetry`. The proxies report by themselves; only None and Istiod make a difference today. */
export const telemetry = section('How proxies report what they see.', {
  type: choice('None: no reports. Istiod: the proxies report. Mixer and Remote are from old versions and count as Istiod.', ['None', 'Mixer', 'Remote', 'Istiod']),
  mixer: section('Mixer in this mesh (old versions).', {
    sessionAffinity: flag('Keep a client on one Mixer.'),
    loadshedding: section('Load shedding.', { mode: text('disabled, logonly or enforce.'), latencyThreshold: text('Latency above which load is shed.') }),
    batching,
    adapters: section('Adapters.', {
      useAdapterCRDs: flag('Use the adapter CRDs.'),
      kubernetesenv: flag('Use the kubernetesenv adapter.'),
      stdio: section('The stdio adapter.', { enabled: flag('Write to standard output.'), outputAsJSON: flag('Write JSON lines.') }),
    }),
  }),
  remote: section('Mixer somewhere else (old versions).', { address: text('Address of the remote Mixer.'), createService: flag('Create a Service for the address.'), batching }),
});
