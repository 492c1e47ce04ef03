const reasons: Record<string, string> = {
    ENOSPC: 'the disk is full',
    EDQUOT: 'the disk quota is used up',
    EFBIG: 'the file has as much as it may have: the next one begins tomorrow',
    EACCES: 'not permitted',
    EPERM: 'not permitted',
    EROFS: 'the disk is read-only',
    EISDIR: 'is a directory',
    ENOTDIR: 'its folder is a file',
    EMFILE: 'too many open files',
}

/** Why a file cannot be written, in words. */
export function diskReason(error: unknown): string {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    return reasons[code] ?? (code || String(error))
}
