export { type Fault, type JobPackage, type PackageRules, packageFaults, packageSchema } from './package.ts'
export { PackageFiles } from './package-files.ts'
export { makeProbe, type Probe, type ProbeResult } from './package-probe.ts'
