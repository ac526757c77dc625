import type { AppliersOf } from './applier.ts';

export const processAppliers: AppliersOf<'PROCESS'> = {
  CREATED: (state, key, value) => {
    state.processes.set(key, value);
    state.processVersions.set(value.bpmnProcessId, value.version, key);
    const latest = state.latestVersions.get(value.bpmnProcessId) ?? 0;
    if (value.version > latest) state.latestVersions.set(value.bpmnProcessId, value.version);
  },
};
