export { checkBody, checkDepth } from './body.ts'
export { isSameOrigin, OriginPolicy, type RequestHead } from './origin-policy.ts'
