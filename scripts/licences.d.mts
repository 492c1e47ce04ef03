/** @returns the folders of the packages of which anything is in one of the bundles */
export function bundled(metafiles: { outputs: Record<string, { inputs: Record<string, { bytesInOutput: number }> }> }[]): string[]

/** One text with the licences of all packages. @throws when one comes without */
export function licences(folders: string[]): Promise<string>
